const order = /^\/orders\/(\d+)$/.exec(location.pathname)?.[1];
if (order !== undefined) document.querySelector('#page').textContent = `Order ${order}`;

document.querySelector('#read').addEventListener('click', async () => {
  const response = await fetch('https://api.example/v1/notes');
  const notes = response.ok ? await response.json() : [];
  document
    .querySelector('#notes')
    .replaceChildren(...notes.map(({ text }) => Object.assign(document.createElement('li'), { textContent: text })));
});
