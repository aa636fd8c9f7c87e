// A library that a server gives with the wrong type.
importScripts('/package.json');
