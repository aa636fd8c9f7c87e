/** Name of the worker's file, below the app's path. */
export const WORKER_FILE = 'tokenward-sw.js';

/** Name of the copy of the library that the worker's file imports, beside it. */
export const LIBRARY_FILE = 'tokenward-lib.js';

/** Name under which Vite's plugin serves the page's part, below the app's path. */
export const AUTO_FILE = 'tokenward-auto.js';

/** Folder of the worker's own endpoints, below the app's path. */
export const ENDPOINT_FOLDER = 'auth';

/** Name of the callback, below the folder of the endpoints. */
export const CALLBACK_NAME = 'callback';

/** Name of the relay, below the folder of the endpoints. */
export const RELAY_NAME = 'relay';

/** Path of the callback, below the app's path. */
export const CALLBACK_PATH: string = `${ENDPOINT_FOLDER}/${CALLBACK_NAME}`;

/** Name by which the query of the login endpoint says which scopes the session had that a sign-in is to bring back. */
export const SESSION_SCOPE = 'session_scope';

/** Name by which the query of the login endpoint proves that its claims are those of a challenge. It goes to no server. */
export const CLAIMS_PROOF = 'claims_proof';

/** Name by which the query of the login endpoint says whose session a sign-in is to bring back. It goes to no server. */
export const SESSION_USER = 'session_user';

/** Name by which the query of the login endpoint says which pop-up the sign-in is in. It goes to no server. */
export const SESSION_POPUP = 'session_popup';
