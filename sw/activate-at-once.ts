import { createActivation } from './lifecycle/activation.ts';
import { isBeforeActivation, skipWaiting } from './platform.ts';

/** Activates this version without waiting until every page is closed. */
export const activateAtOnce: () => Promise<void> = createActivation({ skipWaiting, isBeforeActivation });
