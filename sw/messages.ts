import { isNextVersion, isStranger, parseHandoverRequest } from './lifecycle/handover.ts';
import { handoverPayload, type HandoverParts } from './lifecycle/handover-payload.ts';
import type { Tripwires } from './lifecycle/tripwires.ts';
import { pageOf, scriptUrl } from './platform.ts';
import { acceptCall, type CallHandlers, isCallEnvelope } from './rpc/accept.ts';
import { limitCalls } from './rpc/call-limit.ts';

/** Receivers of the messages that reach the worker. */
export interface MessageParts {
  readonly handlers: CallHandlers;
  readonly tripwires: Tripwires;
  readonly handover: HandoverParts;
  /** Receives the function that passes on what changes, once the next version has asked for it. */
  readonly onSuccessor: (tellSuccessor: () => Promise<void>) => void;
}

/** Message of the worker to itself: check the registration. */
const CHECK_REGISTRATION = 'tokenward:check-registration';

/**
 * Checks the registration when another worker is about to take this one's place.
 *
 * @param active the active worker; if it is this one, a message of its own is an event that the other one must wait for
 */
export function checkRegistrationBy(active: ServiceWorker | null, tripwires: Tripwires): void {
  if (active?.scriptURL === scriptUrl) active.postMessage(CHECK_REGISTRATION);
  // Too late for that: the other one would get the message.
  else void tripwires.checkRegistration();
}

/**
 * Creates the listener for messages of a page, of another version of this worker, or of its own.
 *
 * @param parts what answers
 */
export function createMessageListener(parts: MessageParts): (event: ExtendableMessageEvent) => void {
  const { handlers, tripwires, handover } = parts;
  const withinLimit = limitCalls(() => tripwires.tell('call_flood', 'stopped'));
  return (event) => {
    const data: unknown = event.data;
    const { source } = event;
    const [port] = event.ports;
    if (data === CHECK_REGISTRATION) event.waitUntil(tripwires.checkRegistration());
    if (!port) return;
    const request = parseHandoverRequest(data);
    if (request) {
      if (isStranger(source, scriptUrl)) event.waitUntil(tripwires.trip('worker_impersonated'));
      if (!isNextVersion(source, scriptUrl)) return;
      const tellSuccessor = async (): Promise<void> => port.postMessage(await handoverPayload(handover, request.seals));
      parts.onSuccessor(tellSuccessor);
      // Acknowledge first, so that the next version waits for the payload.
      port.postMessage(true);
      event.waitUntil(tellSuccessor());
    } else if (isCallEnvelope(data)) {
      const { protocolVersion } = data;
      const accept = (): Promise<void> => acceptCall(port, handlers, protocolVersion);
      event.waitUntil(withinLimit(pageOf(source), port, accept).then(() => tripwires.checkRegistration()));
    }
  };
}
