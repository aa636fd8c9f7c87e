/** Name of the worker's file, below the app's path. */
export const WORKER_FILE = 'tokenward-sw.js';

/** Folder of the worker's own endpoints, below the app's path. */
export const ENDPOINT_FOLDER = 'auth';

/** Path of the callback, below the app's path. */
export const CALLBACK_PATH = 'auth/callback';
