// The law of a connection's life, all of it: a table [phase][event] of pure functions. There is no clock, no randomness
// and no I/O in here, and nobody but the interpreter (and tests) calls it.
//
//   connecting ──identity.settled──▶ authenticated ──pipeline.completed──▶ active
//       │                                 │                                  │
//       └───── refused, aborted, out of time, close, terminate, socket gone ─┤
//                                                                            ▼
//                                    closing: socket ▶ backlog ▶ handler ▶ pipeline ▶ release
//                                                                            │
//                                                                            ▼
//                                                                          closed
//
// An event that does not matter in a state returns the same state, by reference, and no effects.

import { CloseCode, statusOf } from './close.js'
import type { Effect } from './effect.js'
import type { Event } from './event.js'
import { Rejection } from './rejection.js'
import type { Active, Authenticated, Cause, Closed, Closing, Connecting, Ending, State } from './state.js'

type Step = readonly [State, readonly Effect[]]
type EventOf<Type extends Event['type']> = Extract<Event, { type: Type }>
type Row<S extends State> = { readonly [Type in Event['type']]?: (state: S, event: EventOf<Type>) => Step }
type Opening = Connecting | Authenticated

// What is the same for every connection is made once: most never have a lease, an early 101 or a refusal one can read.
const NOTHING: readonly Effect[] = []
const CLOSE_TIMER: Effect = { type: 'schedule', timer: 'close' }
const TERMINATE: Effect = { type: 'terminateSocket' }
const BEGINNING: readonly Effect[] = [{ type: 'schedule', timer: 'handshake' }, { type: 'runPipeline' }]
const ACCEPT: readonly Effect[] = [{ type: 'acceptUpgrade' }]
/** The client is on the socket: what is left of the handshake has a deadline of its own. */
const ACCEPT_EARLY: readonly Effect[] = [{ type: 'acceptUpgrade' }, { type: 'schedule', timer: 'handshake' }]
const COMPLETED_AGAIN: readonly Effect[] = [{ type: 'raise', event: { type: 'pipeline.completed' } }]
/** The socket is gone or going; from here on the release is on the clock. */
const AWAIT_HANDLER: readonly Effect[] = [{ type: 'schedule', timer: 'release' }, { type: 'finishInbox' }]
const FINISH: readonly Effect[] = [{ type: 'cancel', timer: 'release' }, { type: 'finish' }]
const UNWIND: readonly Effect[] = [{ type: 'unwind' }]
const RELEASE: readonly Effect[] = [{ type: 'release' }]
const UNWIND_AND_RELEASE: readonly Effect[] = [{ type: 'unwind' }, { type: 'release' }]
const LEAVE_OPENING: readonly Effect[] = [{ type: 'cancel', timer: 'handshake' }, { type: 'deactivate' }]
const LEAVE_ACTIVE: readonly Effect[] = [{ type: 'deactivate' }]
const ACTIVATE: readonly Effect[] = [
  { type: 'cancel', timer: 'handshake' },
  { type: 'acceptUpgrade' },
  { type: 'activate' },
]
const ACTIVATE_OPEN: readonly Effect[] = [{ type: 'cancel', timer: 'handshake' }, { type: 'activate' }]
const BACKLOG_TIMERS: readonly Effect[] = [
  { type: 'cancel', timer: 'close' },
  { type: 'schedule', timer: 'release' },
]
const AFTER_BACKLOG: readonly Effect[] = [...BACKLOG_TIMERS, ...UNWIND]
const AFTER_BACKLOG_SETTLED: readonly Effect[] = [...BACKLOG_TIMERS, ...UNWIND_AND_RELEASE]
const PEER_LEFT: readonly Effect[] = [...LEAVE_ACTIVE, CLOSE_TIMER, { type: 'finishInbox' }]
const SOCKET_GONE: readonly Effect[] = [{ type: 'cancel', timer: 'close' }, ...AWAIT_HANDLER]

const BEGUN: Step = [{ phase: 'connecting', open: false, visibly: false }, BEGINNING]
const BEGUN_VISIBLY: Step = [{ phase: 'connecting', open: false, visibly: true }, BEGINNING]
const ANONYMOUS: Authenticated = {
  phase: 'authenticated',
  open: false,
  visibly: false,
  expiresAt: undefined,
}
const ACTIVE: Active = { phase: 'active', expiresAt: undefined }

/**
 * The first state of every connection, and what is to be done in it.
 *
 * @example
 * const [state, effects] = begin(false)
 */
export function begin(visibly: boolean): Step {
  return visibly ? BEGUN_VISIBLY : BEGUN
}

/**
 * Answers the next state and what is to be done, in order. Total: every event is defined in every state.
 *
 * @example
 * const [next, effects] = transition(state, { type: 'close.requested', code: 1000, reason: '' })
 */
export function transition(state: State, event: Event): Step {
  const row = TABLE[state.phase] as Row<State>
  const step = row[event.type] as ((state: State, event: Event) => Step) | undefined
  return step === undefined ? [state, NOTHING] : step(state, event)
}

// connecting and authenticated ────────────────────────────────────────────────────────────────────────────────────────

const opening = {
  'accept.requested': (state) => (state.open ? [state, NOTHING] : [{ ...state, open: true }, ACCEPT_EARLY]),

  'pipeline.refused': (state, { rejection, settled }) => refuse(state, rejection, settled),

  // A middleware forgot to hand on: nobody would ever be active.
  'pipeline.settled': (state) => refuse(state, new Rejection({ status: 500 }), true),

  'close.requested': (state, { type: _, ...close }) =>
    refuse(state, new Rejection({ status: statusOf(close.code), ...close }), false),

  'terminate.requested': (state, { code, reason }) =>
    state.open
      ? [
          closing('socket', cause(code, reason, 'server'), { cut: true }),
          [...leave(state), TERMINATE, CLOSE_TIMER],
        ]
      : refuse(state, rejectionOf(code, reason), false, { code, reason, by: 'server' }),

  'timer.fired': (state, { timer }) =>
    timer === 'handshake'
      ? refuse(state, new Rejection({ status: 503, reason: 'the handshake took too long' }), false)
      : [state, NOTHING],

  'handshake.aborted': (state) => [
    closing('handler', cause(CloseCode.abnormal, '', 'network')),
    [...leave(state), ...AWAIT_HANDLER],
  ],

  'transport.closed': (state, event) => [
    { ...closing('handler', causeOf(event)), ending: endingOf(event) },
    [...leave(state), ...AWAIT_HANDLER],
  ],
} satisfies Row<Opening>

const connecting: Row<Connecting> = {
  ...opening,
  'identity.settled': (state, { expiresAt }) => [authenticatedAs(state, expiresAt), NOTHING],
  // Nobody authenticated: anonymous, and never a skip from connecting to active.
  'pipeline.completed': (state) => [authenticatedAs(state, undefined), COMPLETED_AGAIN],
}

function authenticatedAs({ open, visibly }: Opening, expiresAt: number | undefined): Authenticated {
  if (!open && !visibly && expiresAt === undefined) return ANONYMOUS
  return { phase: 'authenticated', open, visibly, expiresAt }
}

const authenticated: Row<Authenticated> = {
  ...opening,
  'identity.renewed': (state, { expiresAt }) => [{ ...state, expiresAt }, NOTHING],
  'pipeline.completed': ({ open, expiresAt }) => [
    activeUntil(expiresAt),
    withLease(open ? ACTIVATE_OPEN : ACTIVATE, expiresAt),
  ],
}

function activeUntil(expiresAt: number | undefined): Active {
  return expiresAt === undefined ? ACTIVE : { phase: 'active', expiresAt }
}

/** Ends what never became active, with an HTTP status if one can still travel, else with a close frame. */
function refuse(state: Opening, rejection: Rejection, settled: boolean, why?: Cause): Step {
  const { code } = rejection
  const reason = rejection.closeReason
  const because = why ?? cause(code, reason, 'server')
  const announced: Effect = { type: 'announceRejection', rejection }
  if (state.open || (state.visibly && why === undefined)) {
    return [
      closing('socket', because, { settled, wireCode: code }),
      [
        ...leave(state),
        ...(state.open ? NOTHING : ACCEPT),
        announced,
        { type: 'sendClose', code, reason },
        CLOSE_TIMER,
      ],
    ]
  }
  return [
    closing('handler', because, { settled }),
    [...leave(state), { type: 'rejectUpgrade', rejection }, announced, ...AWAIT_HANDLER],
  ]
}

/** What a `terminate` refuses with, before the 101: its code may be one that never travels. */
function rejectionOf(code: number, reason: string): Rejection {
  const status = statusOf(code)
  return code === CloseCode.abnormal
    ? new Rejection({ status, reason })
    : new Rejection({ status, code, reason })
}

// active ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const active: Row<Active> = {
  'identity.renewed': (state, { expiresAt }) => [
    activeUntil(expiresAt),
    withLease(unlease(state.expiresAt), expiresAt),
  ],

  'timer.fired': (state, { timer }) => {
    const at = state.expiresAt
    if (at === undefined) return [state, NOTHING]
    if (timer === 'lead')
      return [
        state,
        [
          { type: 'announceExpiry', at },
          { type: 'schedule', timer: 'expiry', at },
        ],
      ]
    return timer === 'expiry'
      ? closeActive(state, CloseCode.expired, 'credentials expired')
      : [state, NOTHING]
  },

  'close.requested': (state, { code, reason }) => closeActive(state, code, reason),

  'pipeline.refused': (state, { rejection, settled }) =>
    closeActive(state, rejection.code, rejection.closeReason, settled),

  // The middlewares' life is the connection's: one that ends early ends it.
  'pipeline.settled': (state) => closeActive(state, CloseCode.internal, '', true),

  'terminate.requested': (state, { code, reason }) => [
    closing('socket', cause(code, reason, 'server'), { cut: true }),
    [...leave(state), { type: 'dropBacklog' }, TERMINATE, CLOSE_TIMER],
  ],

  // What the peer had said before it left is still heard; what stood before a violation is not.
  'transport.closed': (state, event) =>
    event.violation === undefined
      ? [
          { ...closing('backlog', causeOf(event)), ending: endingOf(event) },
          state.expiresAt === undefined ? PEER_LEFT : [...unlease(state.expiresAt), ...PEER_LEFT],
        ]
      : [
          { ...closing('handler', causeOf(event)), ending: endingOf(event) },
          [...leave(state), { type: 'dropBacklog' }, ...AWAIT_HANDLER],
        ],
}

function closeActive(state: Active, code: number, reason: string, settled = false): Step {
  return [
    closing('socket', cause(code, reason, 'server'), { settled, wireCode: code }),
    [...leave(state), { type: 'dropBacklog' }, { type: 'sendClose', code, reason }, CLOSE_TIMER],
  ]
}

/** The last 60 s of a lease are announced: `lead` fires at once if less is left. */
function withLease(effects: readonly Effect[], expiresAt: number | undefined): readonly Effect[] {
  return expiresAt === undefined ? effects : [...effects, { type: 'schedule', timer: 'lead', at: expiresAt }]
}

function unlease(expiresAt: number | undefined): readonly Effect[] {
  return expiresAt === undefined
    ? NOTHING
    : [
        { type: 'cancel', timer: 'lead' },
        { type: 'cancel', timer: 'expiry' },
      ]
}

/** What stops when closing begins, whatever the reason. */
function leave(state: Opening | Active): readonly Effect[] {
  if (state.phase !== 'active') return LEAVE_OPENING
  return state.expiresAt === undefined ? LEAVE_ACTIVE : [...unlease(state.expiresAt), ...LEAVE_ACTIVE]
}

// closing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function pipelineSettled(state: Closing): Step {
  if (state.settled) return [state, NOTHING]
  const settled: Closing = { ...state, settled: true }
  return state.stage === 'pipeline' ? [{ ...settled, stage: 'release' }, RELEASE] : [settled, NOTHING]
}

const closingRow: Row<Closing> = {
  'pipeline.settled': pipelineSettled,

  'pipeline.refused': (state, { settled }) => (settled ? pipelineSettled(state) : [state, NOTHING]),

  'terminate.requested': (state) =>
    state.stage === 'socket' && !state.cut ? [{ ...state, cut: true }, [TERMINATE]] : [state, NOTHING],

  'transport.closed': (state, { code, violation }) => {
    if (state.stage !== 'socket') return [state, NOTHING]
    // Where our own close frame left first it is the one on the wire; the peer's is its answer.
    const wireCode = state.ending.wireCode
    const clean = !state.cut && violation === undefined && code !== CloseCode.abnormal
    const ending: Ending = { ...state.ending, clean, wireCode }
    return [{ ...state, stage: 'handler', ending }, SOCKET_GONE]
  },

  'inbox.finished': (state) => {
    if (state.stage !== 'backlog' && state.stage !== 'handler') return [state, NOTHING]
    const waited = state.stage === 'backlog'
    return state.settled
      ? [{ ...state, stage: 'release' }, waited ? AFTER_BACKLOG_SETTLED : UNWIND_AND_RELEASE]
      : [{ ...state, stage: 'pipeline' }, waited ? AFTER_BACKLOG : UNWIND]
  },

  'resources.released': (state) =>
    state.stage === 'release' ? [{ phase: 'closed', ending: state.ending }, FINISH] : [state, NOTHING],

  'timer.fired': (state, { timer }) => {
    if (timer === 'close' && state.stage === 'socket') {
      return [{ ...state, stage: 'handler', cut: true }, [TERMINATE, ...AWAIT_HANDLER]]
    }
    if (timer === 'close' && state.stage === 'backlog') {
      return [{ ...state, stage: 'handler' }, [{ type: 'dropBacklog' }, ...AWAIT_HANDLER]]
    }
    if (timer === 'release' && state.stage !== 'socket' && state.stage !== 'backlog') {
      return [
        { phase: 'closed', ending: state.ending },
        [{ type: 'abandon', stage: state.stage }, { type: 'finish' }],
      ]
    }
    return [state, NOTHING]
  },
}

// closed ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const closed: Row<Closed> = {}

const TABLE: { readonly [Phase in State['phase']]: Row<Extract<State, { phase: Phase }>> } = {
  connecting,
  authenticated,
  active,
  closing: closingRow,
  closed,
}

// what an ending consists of ──────────────────────────────────────────────────────────────────────────────────────────

function cause(code: number, reason: string, by: Cause['by']): Cause {
  return { code, reason, by }
}

function closing(
  stage: Closing['stage'],
  { code, reason, by }: Cause,
  { cut = false, settled = false, wireCode = undefined as number | undefined } = {},
): Closing {
  return { phase: 'closing', stage, ending: { code, reason, by, clean: false, wireCode }, cut, settled }
}

/** Who ended it, when we had not asked: a violation is ours to close, a close frame is the peer's, no frame nobody's. */
function causeOf({ code, reason, violation }: EventOf<'transport.closed'>): Cause {
  if (violation !== undefined) return cause(violation.code, '', 'server')
  return code === CloseCode.abnormal ? cause(code, '', 'network') : cause(code, reason, 'peer')
}

function endingOf(event: EventOf<'transport.closed'>): Ending {
  const { code, violation } = event
  const framed = code !== CloseCode.abnormal
  const wireCode =
    violation === undefined ? (framed ? code : undefined) : violation.sent ? violation.code : undefined
  const { code: why, reason, by } = causeOf(event)
  return { code: why, reason, by, clean: framed && violation === undefined, wireCode }
}
