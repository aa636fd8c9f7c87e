importScripts('/test/browser/workers/page.html');
