/**
 * The version of the messages that cross threads. Page and worker may be of different releases, so each says which it speaks:
 * the page in the envelope of every call, the worker in its handshake. The part that both need for it is the same in all
 * versions: the envelope, `handshake` with `protocolVersion` in its answer, `takeOver`, and how errors are answered. A release
 * that changes what a session is announces it under another type than before.
 */
export const PROTOCOL_VERSION = 1;

/** The version of the package. */
export const LIBRARY_VERSION = '0.1.0';
