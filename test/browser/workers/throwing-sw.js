throw new Error('This worker does not start.');
