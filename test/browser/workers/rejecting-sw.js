self.addEventListener('install', (event) =>
  event.waitUntil(Promise.reject(new Error('This worker does not install.'))),
);
