/**
 * The version of the messages that cross threads. Page and worker compare it before anything else, because a page may
 * talk to a worker of an older or newer release.
 */
export const PROTOCOL_VERSION = 1;
