import { describe, expect, it } from 'vitest'
import { check } from '../cluster/checks.js'
import type { Fault, Heard, History, NodeLife, Said, Told } from '../cluster/history.js'
import { BEAT, FLOW, LEASE, RECOVERY, SLACK } from '../cluster/times.js'

/** When something is said: long after the start, so that everybody is settled. */
const NOON = 100_000
const UP: Told = { at: 10, told: 'broker', status: 'up' }

interface Case {
  /** What the listener, on node two, has heard of the one message. */
  heard?: readonly Partial<Heard>[]
  /** What node two told. */
  told?: readonly Told[]
  faults?: readonly Fault[]
  said?: Partial<Said>
  /** When the speaker's node was killed. */
  killed?: number
  stay?: { hearing?: number; to?: number }
  rest?: Partial<History>
  /** Whether the listener is on the speaker's own node. */
  local?: boolean
}

/** A speaker on node one says 7 in the lobby of acme; somebody of acme listens on node two. */
function found({
  heard = [{}],
  told = [],
  faults = [],
  said,
  killed = Infinity,
  stay,
  rest,
  local,
}: Case): readonly string[] {
  const one: NodeLife = { name: 'one', from: 0, to: killed, told: [UP] }
  const two: NodeLife = { name: 'two', from: 0, to: Infinity, told: [UP, ...told] }
  const word = { scope: 'acme', room: 'lobby', from: 'v1', number: 7 }
  const listener = {
    ...{ name: 'v2', scope: 'acme', node: local ? one : two },
    heard: heard.map((changes) => ({ ...word, member: true, ...changes })),
  }
  return check({
    ...{ nodes: [one, two], faults, listeners: [listener], unanswered: new Map() },
    said: [{ ...word, at: NOON, node: one, answer: 'sent', ...said }],
    stays: [{ listener, room: 'lobby', from: 50, hearing: 100, to: Infinity, ...stay }],
    ...{ ghosts: [], rolls: [], incidents: [] },
    ...rest,
  }).problems
}

const gap = (at: number, what: Partial<Told & { told: 'gap' }> = {}): Told => ({
  ...{ at, told: 'gap', topic: undefined, scope: undefined, node: undefined, missed: undefined },
  ...what,
})
const CUT: Fault = { kind: 'node cut off', node: 'two', from: NOON - 1_000, to: NOON + 1_000 }
const DOWN: Told = { at: CUT.from + 10, told: 'broker', status: 'down' }
const BACK: Told = { at: CUT.to + 10, told: 'broker', status: 'up' }
const CUT_OFF = { faults: [CUT], told: [DOWN, BACK] }

describe('what clients heard', () => {
  it('is fine when it is what was said, once', () => {
    expect(found({})).toEqual([])
  })

  it.each<[string, Partial<Heard>[], RegExp]>([
    ["another tenant's", [{}, { scope: 'umbrella' }], /another tenant's/],
    ['twice', [{}, {}], /: twice$/],
    ['what nobody said', [{}, { number: 8 }], /nobody has said it/],
    ["another room's", [{}, { room: 'red' }], /nobody has said it/],
    ['under another name', [{ from: 'v3' }], /nobody has said it/],
    ['outside of the room', [{ member: false }], /without being in that room/],
  ])('is told of when it is %s', (_, heard, problem) => {
    expect(found({ heard })).toEqual([expect.stringMatching(problem)])
  })

  it('is told of when it is in another order', () => {
    const unanswered = new Map([[8, { scope: 'acme', room: 'lobby', from: 'v1' }]])
    expect(found({ heard: [{ number: 8 }, {}], rest: { unanswered } })).toEqual([
      expect.stringMatching(/after 8$/),
    ])
    expect(found({ heard: [{}, { number: 8 }], rest: { unanswered } })).toEqual([])
  })
})

describe('what clients did not hear', () => {
  const heard: never[] = []
  const lost = [expect.stringMatching(/v2 of two missed 7 .* nobody was told/)]

  it('is told of where nothing failed', () => {
    expect(found({ heard })).toEqual(lost)
    expect(found({ heard, local: true })).toEqual([expect.stringMatching(/v2 of one missed/)])
  })

  it('was not promised before they heard the room, when they leave, to the speaker, or where it was dropped', () => {
    expect(found({ heard, stay: { hearing: NOON + 1 } })).toEqual([])
    expect(found({ heard, stay: { to: NOON + FLOW - 1 } })).toEqual([])
    expect(found({ heard, said: { from: 'v2' } })).toEqual([])
    expect(found({ heard, said: { answer: 'dropped' } })).toEqual([])
    expect(found({ heard, said: { answer: 'dropped' }, local: true })).not.toEqual([])
  })

  it('may have died with a node that had no time to publish it, and not with one that had', () => {
    expect(found({ heard, killed: NOON + FLOW - 1 })).toEqual([])
    expect(found({ heard, killed: NOON + FLOW + 1 })).toEqual(lost)
    const one = { ...CUT, node: 'one' }
    expect(found({ heard, killed: NOON + FLOW + 1, faults: [one] })).toEqual([])
  })

  it('was told by a hole in what that node says there, and by no other', () => {
    const hole = { node: 'one', topic: 'lobby', scope: 'acme', missed: 1 }
    expect(found({ heard, told: [gap(NOON + 500, hole)] })).toEqual([])
    expect(found({ heard, told: [gap(NOON + 500, { node: 'one' })] })).toEqual([])
    expect(found({ heard, told: [gap(NOON - 500, hole)] })).toEqual(lost)
    for (const other of [{ node: 'three' }, { topic: 'red' }, { scope: 'umbrella' }]) {
      expect(found({ heard, told: [gap(NOON + 500, { ...hole, ...other })] })).toEqual(lost)
    }
  })

  it('was told by a gap about nobody in particular only where a fault explains it', () => {
    expect(found({ heard, faults: [CUT], told: [DOWN, BACK, gap(CUT.to + 20)] })).toEqual([])
    expect(found({ heard, ...CUT_OFF })).toEqual(lost)
    expect(found({ heard, told: [gap(NOON + 500)] })).toEqual(lost)
    const elsewhere = { ...CUT, node: 'three' }
    expect(found({ heard, faults: [elsewhere], told: [gap(CUT.to + 20)] })).toEqual(lost)
    const late = gap(CUT.to + RECOVERY + SLACK + 1)
    expect(found({ heard, faults: [CUT], told: [DOWN, BACK, late] })).toEqual(lost)
  })

  it('was told when that node was believed to be gone', () => {
    const gone = (at: number): Told => ({ at, told: 'node', node: 'one', joined: false })
    const back = (at: number): Told => ({ at, told: 'node', node: 'one', joined: true })
    expect(found({ heard, told: [gone(NOON - 100), back(NOON + 100)] })).toEqual([])
    expect(found({ heard, told: [gone(NOON + LEASE)] })).toEqual([])
    expect(found({ heard, told: [gone(NOON - 200), back(NOON - 100)] })).toEqual(lost)
    expect(found({ heard, told: [gone(NOON + 3 * LEASE)] })).toEqual(lost)
  })
})

describe('what nodes said', () => {
  it('is that the engine is away, when it is, and that it is back', () => {
    expect(found(CUT_OFF)).toEqual([])
    expect(found({ faults: [CUT] })).toEqual([
      expect.stringMatching(/^two did not say that the engine is away/),
    ])
    expect(found({ faults: [CUT], told: [DOWN] })).toEqual([expect.stringMatching(/^two ended 'down'/)])
  })

  it('is no error that nothing explains', () => {
    const error = (at: number, code = 'LINKSPAN_BROKER'): Told => ({ at, told: 'error', code, message: 'x' })
    expect(found({ ...CUT_OFF, told: [...CUT_OFF.told, error(NOON)] })).toEqual([])
    expect(found({ told: [error(NOON)] })).toEqual(['two: LINKSPAN_BROKER: x'])
    expect(found({ ...CUT_OFF, told: [...CUT_OFF.told, error(NOON, 'LINKSPAN_LISTENER')] })).toEqual([
      'two: LINKSPAN_LISTENER: x',
    ])
    expect(
      found({ told: [{ at: NOON, told: 'presence', problem: 'v1 joined a second time' }] }),
    ).toHaveLength(1)
  })

  it('is nothing of rooms that nobody is in', () => {
    const wasted = (idle: number | null): Told => ({
      at: NOON,
      told: 'wasted',
      scope: 'acme',
      room: 'red',
      idle,
    })
    expect(found({ told: [wasted(null)] })).toEqual([expect.stringMatching(/it never had anybody$/)])
    expect(found({ ...CUT_OFF, told: [...CUT_OFF.told, wasted(null)] })).toHaveLength(1)
    expect(found({ told: [wasted(60_000)] })).toEqual([expect.stringMatching(/nobody for 60000 ms$/)])
    expect(found({ told: [wasted(1_000)] })).toEqual([])
  })
})

it('those of a killed node are gone with its lease', () => {
  const after = (milliseconds: number) =>
    found({ rest: { ghosts: [{ killed: 'one', seenBy: 'two', at: NOON, milliseconds }] } })
  expect(after(LEASE + BEAT)).toEqual([])
  expect(after(LEASE + BEAT + SLACK + 1)).toEqual([expect.stringMatching(/^two still had those of one/)])
})

it('all agree on who is present', () => {
  const roll = (...seen: string[]) =>
    found({ rest: { rolls: [{ node: 'two', scope: 'acme', room: 'lobby', seen, there: ['v1', 'v2'] }] } })
  expect(roll('v2', 'v1')).toEqual([])
  expect(roll('v1')).toEqual([expect.stringMatching(/lacks v2/)])
  expect(roll('v1', 'v2', 'v3')).toEqual([expect.stringMatching(/has v3 besides/)])
})

it('what went wrong besides is told', () => {
  expect(found({ rest: { incidents: ['v1 was cut off'] } })).toEqual(['v1 was cut off'])
})
