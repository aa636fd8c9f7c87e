// tokenward:begin
import './sign-in.js';
// tokenward:end

const [, order] = /^\/orders\/(\d+)$/.exec(location.pathname) ?? [];
if (order !== undefined) document.querySelector('#page').textContent = `Order ${order}`;

document.querySelector('#read').addEventListener('click', async () => {
  const response = await fetch('https://api.example/v1/notes');
  const notes = response.ok ? await response.json() : [];
  const items = notes.map(({ text }) => Object.assign(document.createElement('li'), { textContent: text }));
  document.querySelector('#notes').replaceChildren(...items);
});
