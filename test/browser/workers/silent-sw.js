// It starts, and answers nothing.
self.addEventListener('message', () => {});
