importScripts('/dist/standalone/tokenward-sw.js', './nowhere/tokenward-lib.json');
