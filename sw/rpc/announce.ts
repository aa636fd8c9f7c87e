import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { Alarm } from '../../src/protocol/alarm.ts';
import type { PopupEnd } from '../../src/protocol/popup.ts';
import type { Session } from '../../src/protocol/session.ts';
import type {
  AlarmAnnouncement,
  ChallengeAnnouncement,
  PopupAnnouncement,
  RequestAnnouncement,
  SessionAnnouncement,
  WatchedRequest,
} from '../../src/protocol/worker-api.ts';

/** Returns the message to pages about the session. */
export function sessionNews(session: Session): SessionAnnouncement {
  return { type: 'tokenward:session', session };
}

/** Returns the message to a page whose request met a challenge. */
export function challengeNews(challenge: AccessChallenge): ChallengeAnnouncement {
  return { type: 'tokenward:challenge', challenge };
}

/** Returns the message to pages about a sign-in in a pop-up that has ended. */
export function popupNews(end: PopupEnd): PopupAnnouncement {
  return { type: 'tokenward:popup', ...end };
}

/** Returns the message to pages about an alarm. */
export function alarmNews(alarm: Alarm): AlarmAnnouncement {
  return { type: 'tokenward:alarm', alarm };
}

/** Returns the message to watching pages about a request. */
export function requestNews(request: WatchedRequest): RequestAnnouncement {
  return { type: 'tokenward:request', request };
}
