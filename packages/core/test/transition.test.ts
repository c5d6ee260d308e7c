import { describe, expect, it } from 'vitest'
import type { Effect } from '../src/effect.js'
import type { Rejection } from '../src/rejection.js'
import type { Authenticated, Closing, Connecting, Ending, State } from '../src/state.js'
import { begin, transition } from '../src/transition.js'
import {
  ACTIVE,
  AT,
  AUTHENTICATED,
  CLOSED,
  CLOSING,
  CONNECTING,
  describeState,
  ENDING,
  EVENTS,
  REFUSAL,
  STATES,
} from './transition.states.js'

/** What is expected of an event: the next state, then the effects. */
type Expected = readonly [State, ...(Effect | Plain)[]]
/** An effect whose rejection is told by what the client gets. */
type Plain = {
  readonly type: 'rejectUpgrade' | 'announceRejection'
  readonly status: number
  readonly code: number
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
}
type Told = Omit<Plain, 'type' | 'headers'> & Partial<Plain>
type Expectations = { readonly [event: string]: Expected }

const AWAIT_HANDLER: readonly Effect[] = [{ type: 'schedule', timer: 'release' }, { type: 'finishInbox' }]

function expectTable<S extends State>(states: readonly S[], expectations: (state: S) => Expectations): void {
  describe.each(states.map((state) => [describeState(state), state] as const))('%s', (_, state) => {
    const expected = expectations(state)

    it('knows every event that is expected of it', () => {
      expect(Object.keys(EVENTS)).toEqual(expect.arrayContaining(Object.keys(expected)))
    })

    for (const [name, event] of Object.entries(EVENTS)) {
      const outcome = expected[name]
      if (outcome === undefined) {
        it(`is not changed by ${name}`, () => {
          const [next, effects] = transition(state, event)
          expect(next).toBe(state)
          expect(effects).toEqual([])
        })
      } else {
        it(`goes on at ${name}`, () => {
          const before = structuredClone(state)
          const [next, effects] = transition(state, event)
          expect([next, ...effects.map(plain)]).toEqual(outcome)
          expect(state).toEqual(before)
        })
      }
    }
  })
}

function plain(effect: Effect): Effect | Plain {
  return 'rejection' in effect ? { type: effect.type, ...told(effect.rejection) } : effect
}

function told({ status, code, reason, headers }: Rejection): Omit<Plain, 'type'> {
  return { status, code, reason, headers }
}

function closing(stage: Closing['stage'], ending: Partial<Ending>, flags: Partial<Closing> = {}): Closing {
  const { code = 1006, reason = '', by = 'server', clean = false, wireCode = undefined } = ending
  return {
    phase: 'closing',
    stage,
    ending: { code, reason, by, clean, wireCode },
    cut: false,
    settled: false,
    ...flags,
  }
}

describe('a connection begins', () => {
  it.each([false, true])('connecting, its handshake on the clock (visibly: %s)', (visibly) => {
    expect(begin(visibly)).toEqual([
      { phase: 'connecting', open: false, visibly },
      [{ type: 'schedule', timer: 'handshake' }, { type: 'runPipeline' }],
    ])
  })
})

/** What ends a connection that was never active, in the same way whether somebody was authenticated or not. */
function endings(state: Connecting | Authenticated): Expectations {
  const leave: readonly Effect[] = [{ type: 'cancel', timer: 'handshake' }, { type: 'deactivate' }]

  /** With an HTTP status where it can travel and is wanted, else with a close frame. */
  const refused = (rejection: Told, settled: boolean): Expected => {
    const { code, reason } = rejection
    const announced: Plain = { headers: {}, ...rejection, type: 'announceRejection' }
    if (!state.open && !state.visibly) {
      return [
        closing('handler', { code, reason }, { settled }),
        ...leave,
        { ...announced, type: 'rejectUpgrade' },
        announced,
        ...AWAIT_HANDLER,
      ]
    }
    return [
      closing('socket', { code, reason, wireCode: code }, { settled }),
      ...leave,
      ...(state.open ? [] : [{ type: 'acceptUpgrade' } as const]),
      announced,
      { type: 'sendClose', code, reason },
      { type: 'schedule', timer: 'close' },
    ]
  }

  /** Nothing is shown to a browser: the socket goes. */
  const cut = (rejection: Told, because: Partial<Ending>): Expected =>
    state.open
      ? [
          closing('socket', because, { cut: true }),
          ...leave,
          { type: 'terminateSocket' },
          { type: 'schedule', timer: 'close' },
        ]
      : [
          closing('handler', because),
          ...leave,
          { headers: {}, ...rejection, type: 'rejectUpgrade' },
          { headers: {}, ...rejection, type: 'announceRejection' },
          ...AWAIT_HANDLER,
        ]

  const gone = (ending: Partial<Ending>): Expected => [closing('handler', ending), ...leave, ...AWAIT_HANDLER]

  return {
    'a refusal': refused(told(REFUSAL), true),
    'a refusal on behalf of the pipeline': refused(told(REFUSAL), false),
    'the settled pipeline': refused({ status: 500, code: 1011, reason: '' }, true),
    'a close': refused({ status: 403, code: 4003, reason: 'forbidden' }, false),
    'a close that asks to come back': refused(
      { status: 503, code: 1012, reason: 'restarting', headers: { 'retry-after': '7' } },
      false,
    ),
    'the handshake timer': refused({ status: 503, code: 1013, reason: 'the handshake took too long' }, false),
    'a terminate': cut({ status: 503, code: 1013, reason: '' }, { code: 1006 }),
    'a terminate with a code': cut(
      { status: 429, code: 4100, reason: 'slow consumer' },
      { code: 4100, reason: 'slow consumer' },
    ),
    'an abort': gone({ code: 1006, by: 'network' }),
    "the peer's close": gone({ code: 1001, reason: 'bye', by: 'peer', clean: true, wireCode: 1001 }),
    "the peer's close without a code": gone({ code: 1005, by: 'peer', clean: true, wireCode: 1005 }),
    'a lost socket': gone({ code: 1006, by: 'network' }),
    'a violation answered': gone({ code: 1009, wireCode: 1009 }),
    'a violation cut off': gone({ code: 1002 }),
    ...(state.open
      ? {}
      : {
          'an early accept': [
            { ...state, open: true },
            { type: 'acceptUpgrade' },
            { type: 'schedule', timer: 'handshake' },
          ],
        }),
  }
}

describe('connecting', () => {
  expectTable(CONNECTING, (state) => {
    const { open, visibly } = state
    return {
      ...endings(state),
      'an identity without an end': [{ phase: 'authenticated', open, visibly, expiresAt: undefined }],
      'an identity with an end': [{ phase: 'authenticated', open, visibly, expiresAt: AT }],
      'the innermost next': [
        { phase: 'authenticated', open, visibly, expiresAt: undefined },
        { type: 'raise', event: { type: 'pipeline.completed' } },
      ],
    }
  })
})

describe('authenticated', () => {
  expectTable(AUTHENTICATED, (state) => ({
    ...endings(state),
    'a renewal without an end': [{ ...state, expiresAt: undefined }],
    'a renewal with an end': [{ ...state, expiresAt: AT + 1 }],
    'the innermost next': [
      { phase: 'active', expiresAt: state.expiresAt },
      { type: 'cancel', timer: 'handshake' },
      ...(state.open ? [] : [{ type: 'acceptUpgrade' } as const]),
      { type: 'activate' },
      ...(state.expiresAt === undefined ? [] : [{ type: 'schedule', timer: 'lead', at: AT } as const]),
    ],
  }))
})

describe('active', () => {
  expectTable(ACTIVE, (state) => {
    const leased = state.expiresAt !== undefined
    const unlease: readonly Effect[] = leased
      ? [
          { type: 'cancel', timer: 'lead' },
          { type: 'cancel', timer: 'expiry' },
        ]
      : []
    const leave: readonly Effect[] = [...unlease, { type: 'deactivate' }]

    const closed = (code: number, reason: string, settled = false): Expected => [
      closing('socket', { code, reason, wireCode: code }, { settled }),
      ...leave,
      { type: 'dropBacklog' },
      { type: 'sendClose', code, reason },
      { type: 'schedule', timer: 'close' },
    ]
    const cut = (code: number, reason: string): Expected => [
      closing('socket', { code, reason }, { cut: true }),
      ...leave,
      { type: 'dropBacklog' },
      { type: 'terminateSocket' },
      { type: 'schedule', timer: 'close' },
    ]
    const left = (ending: Partial<Ending>): Expected => [
      closing('backlog', ending),
      ...leave,
      { type: 'schedule', timer: 'close' },
      { type: 'finishInbox' },
    ]
    const violated = (ending: Partial<Ending>): Expected => [
      closing('handler', ending),
      ...leave,
      { type: 'dropBacklog' },
      ...AWAIT_HANDLER,
    ]

    return {
      'a renewal without an end': [{ phase: 'active', expiresAt: undefined }, ...unlease],
      'a renewal with an end': [
        { phase: 'active', expiresAt: AT + 1 },
        ...unlease,
        { type: 'schedule', timer: 'lead', at: AT + 1 },
      ],
      'a close': closed(4003, 'forbidden'),
      'a close that asks to come back': closed(1012, 'restarting'),
      'a refusal': closed(4402, 'the trial has ended', true),
      'a refusal on behalf of the pipeline': closed(4402, 'the trial has ended'),
      'the settled pipeline': closed(1011, '', true),
      'a terminate': cut(1006, ''),
      'a terminate with a code': cut(4100, 'slow consumer'),
      "the peer's close": left({ code: 1001, reason: 'bye', by: 'peer', clean: true, wireCode: 1001 }),
      "the peer's close without a code": left({ code: 1005, by: 'peer', clean: true, wireCode: 1005 }),
      'a lost socket': left({ code: 1006, by: 'network' }),
      'a violation answered': violated({ code: 1009, wireCode: 1009 }),
      'a violation cut off': violated({ code: 1002 }),
      ...(leased && {
        'the lead timer': [
          state,
          { type: 'announceExpiry', at: AT },
          { type: 'schedule', timer: 'expiry', at: AT },
        ],
        'the expiry timer': closed(4200, 'credentials expired'),
      }),
    }
  })
})

describe('closing', () => {
  expectTable(CLOSING, (state) => {
    const { stage, cut, settled } = state
    const closed: Expected[0] = { phase: 'closed', ending: ENDING }
    const abandoned: Expected = [closed, { type: 'abandon', stage }, { type: 'finish' }]
    const unwound: readonly Effect[] = settled
      ? [{ type: 'unwind' }, { type: 'release' }]
      : [{ type: 'unwind' }]
    const next = settled ? 'release' : 'pipeline'
    const marked: Expectations = settled
      ? {}
      : { 'a refusal': [{ ...state, settled: true }], 'the settled pipeline': [{ ...state, settled: true }] }

    switch (stage) {
      case 'socket': {
        const gone = (clean: boolean): Expected => [
          { ...state, stage: 'handler', ending: { ...ENDING, clean } },
          { type: 'cancel', timer: 'close' },
          ...AWAIT_HANDLER,
        ]
        const terminated: Expected = [{ ...state, cut: true }, { type: 'terminateSocket' }]
        return {
          ...marked,
          ...(cut ? {} : { 'a terminate': terminated, 'a terminate with a code': terminated }),
          "the peer's close": gone(!cut),
          "the peer's close without a code": gone(!cut),
          'a lost socket': gone(false),
          'a violation answered': gone(false),
          'a violation cut off': gone(false),
          'the close timer': [
            { ...state, stage: 'handler', cut: true },
            { type: 'terminateSocket' },
            ...AWAIT_HANDLER,
          ],
        }
      }
      case 'backlog':
        return {
          ...marked,
          'a finished inbox': [
            { ...state, stage: next },
            { type: 'cancel', timer: 'close' },
            { type: 'schedule', timer: 'release' },
            ...unwound,
          ],
          'the close timer': [{ ...state, stage: 'handler' }, { type: 'dropBacklog' }, ...AWAIT_HANDLER],
        }
      case 'handler':
        return {
          ...marked,
          'a finished inbox': [{ ...state, stage: next }, ...unwound],
          'the release timer': abandoned,
        }
      case 'pipeline':
        return {
          'a refusal': [{ ...state, stage: 'release', settled: true }, { type: 'release' }],
          'the settled pipeline': [{ ...state, stage: 'release', settled: true }, { type: 'release' }],
          'the release timer': abandoned,
        }
      case 'release':
        return {
          'released resources': [closed, { type: 'cancel', timer: 'release' }, { type: 'finish' }],
          'the release timer': abandoned,
        }
    }
  })
})

describe('closed', () => {
  expectTable([CLOSED], () => ({}))
})

describe('the table', () => {
  it('is tried with every phase', () => {
    const phases = new Set(STATES.map(({ phase }) => phase))
    expect([...phases]).toEqual(['connecting', 'authenticated', 'active', 'closing', 'closed'])
  })
})
