import type { Event, Timer } from '../src/event.js'
import { Rejection } from '../src/rejection.js'
import type {
  Active,
  Authenticated,
  Closed,
  Closing,
  ClosingStage,
  Connecting,
  Ending,
  State,
} from '../src/state.js'

/** The instant at which a lease ends, in every state and event here that has one. */
export const AT = 5_000_000

export const STAGES: readonly ClosingStage[] = ['socket', 'backlog', 'handler', 'pipeline', 'release']
export const TIMERS: readonly Timer[] = ['handshake', 'close', 'release', 'lead', 'expiry']

const flags = [false, true] as const

export const CONNECTING: readonly Connecting[] = flags.flatMap((open) =>
  flags.map((visibly) => ({ phase: 'connecting', open, visibly }) as const),
)

export const AUTHENTICATED: readonly Authenticated[] = CONNECTING.flatMap(({ open, visibly }) =>
  [undefined, AT].map((expiresAt) => ({ phase: 'authenticated', open, visibly, expiresAt }) as const),
)

export const ACTIVE: readonly Active[] = [undefined, AT].map(
  (expiresAt) => ({ phase: 'active', expiresAt }) as const,
)

export const ENDING: Ending = { code: 4001, reason: 'revoked', by: 'server', clean: false, wireCode: 4001 }

/** The middlewares are waited for while they have not unwound, and releases run once they have. */
const possible = ({ stage, settled }: Closing): boolean =>
  stage === 'pipeline' ? !settled : stage === 'release' ? settled : true

export const CLOSING: readonly Closing[] = STAGES.flatMap((stage) =>
  flags.flatMap((cut) =>
    flags.map((settled) => ({ phase: 'closing', stage, ending: ENDING, cut, settled }) as const),
  ),
).filter(possible)

export const CLOSED: Closed = { phase: 'closed', ending: ENDING }

export const STATES: readonly State[] = [...CONNECTING, ...AUTHENTICATED, ...ACTIVE, ...CLOSING, CLOSED]

export const REFUSAL = new Rejection({ status: 402, code: 4402, reason: 'the trial has ended' })

/** One of every kind of event, two where what it carries makes a difference. */
export const EVENTS: Readonly<Record<string, Event>> = {
  'an identity without an end': { type: 'identity.settled', expiresAt: undefined },
  'an identity with an end': { type: 'identity.settled', expiresAt: AT },
  'a renewal without an end': { type: 'identity.renewed', expiresAt: undefined },
  'a renewal with an end': { type: 'identity.renewed', expiresAt: AT + 1 },
  'an early accept': { type: 'accept.requested' },
  'the innermost next': { type: 'pipeline.completed' },
  'a refusal': { type: 'pipeline.refused', rejection: REFUSAL, settled: true },
  'a refusal on behalf of the pipeline': { type: 'pipeline.refused', rejection: REFUSAL, settled: false },
  'the settled pipeline': { type: 'pipeline.settled' },
  'a close': { type: 'close.requested', code: 4003, reason: 'forbidden' },
  'a close that asks to come back': {
    type: 'close.requested',
    code: 1012,
    reason: 'restarting',
    retryAfter: 7,
  },
  'a terminate': { type: 'terminate.requested', code: 1006, reason: '' },
  'a terminate with a code': { type: 'terminate.requested', code: 4100, reason: 'slow consumer' },
  'an abort': { type: 'handshake.aborted' },
  "the peer's close": { type: 'transport.closed', code: 1001, reason: 'bye' },
  "the peer's close without a code": { type: 'transport.closed', code: 1005, reason: '' },
  'a lost socket': { type: 'transport.closed', code: 1006, reason: '' },
  'a violation answered': {
    type: 'transport.closed',
    code: 1006,
    reason: '',
    violation: { code: 1009, sent: true },
  },
  'a violation cut off': {
    type: 'transport.closed',
    code: 1006,
    reason: '',
    violation: { code: 1002, sent: false },
  },
  'a finished inbox': { type: 'inbox.finished' },
  'released resources': { type: 'resources.released' },
  ...Object.fromEntries(
    TIMERS.map((timer) => [`the ${timer} timer`, { type: 'timer.fired', timer } as const]),
  ),
}

/** A state in words: its phase, its stage, its flags. */
export function describeState(state: State): string {
  switch (state.phase) {
    case 'connecting':
      return ['connecting', state.open && 'open', state.visibly && 'visibly'].filter(Boolean).join(', ')
    case 'authenticated':
      return ['authenticated', state.open && 'open', state.visibly && 'visibly', state.expiresAt && 'leased']
        .filter(Boolean)
        .join(', ')
    case 'active':
      return state.expiresAt === undefined ? 'active' : 'active, leased'
    case 'closing':
      return [`closing, ${state.stage}`, state.cut && 'cut', state.settled && 'settled']
        .filter(Boolean)
        .join(', ')
    case 'closed':
      return 'closed'
  }
}
