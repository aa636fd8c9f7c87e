import type { AccessChallenge } from '../../src/protocol/access-challenge.ts';
import type { Alarm } from '../../src/protocol/alarm.ts';
import type { Session } from '../../src/protocol/session.ts';
import type {
  AlarmAnnouncement,
  ChallengeAnnouncement,
  RequestAnnouncement,
  SessionAnnouncement,
  WatchedRequest,
} from '../../src/protocol/worker-api.ts';

/** What pages are told when the session changes. */
export function sessionNews(session: Session): SessionAnnouncement {
  return { type: 'tokenward:session', session };
}

/** What a page is told whose request met a challenge. */
export function challengeNews(challenge: AccessChallenge): ChallengeAnnouncement {
  return { type: 'tokenward:challenge', challenge };
}

/** What pages are told when a tripwire went off. */
export function alarmNews(alarm: Alarm): AlarmAnnouncement {
  return { type: 'tokenward:alarm', alarm };
}

/** What pages are told of a request while somebody watches. */
export function requestNews(request: WatchedRequest): RequestAnnouncement {
  return { type: 'tokenward:request', request };
}
