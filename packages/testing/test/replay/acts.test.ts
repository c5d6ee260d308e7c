import type { Closing, Entry } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { actsOf } from '../../src/replay/acts.js'
import { recordingOf } from './recordings.js'

const closing = (parts: Partial<Closing>): Closing => ({
  at: 500,
  what: 'closing',
  cause: 'application',
  code: 1000,
  by: 'server',
  framed: true,
  backlog: 0,
  buffered: 0,
  ...parts,
})
const unclean = { code: 1000, reason: '', by: 'server', clean: false, duration: 500, wireCode: 1000 } as const
const run = (parts: Partial<Extract<Entry, { what: 'received' }>>): Entry => ({
  ...{ what: 'received', at: 0, until: 0, count: 1, bytes: 5, kind: 'text', last: 5 },
  ...parts,
})

describe('messages', () => {
  it('are spread over their time, and have the bytes they had', () => {
    const acts = actsOf(
      recordingOf({ entries: [run({ at: 100, until: 400, count: 4, bytes: 51, last: 20 })] }),
    )
    expect(acts).toEqual([
      { at: 100, act: 'send', kind: 'text', size: 11 },
      { at: 200, act: 'send', kind: 'text', size: 10 },
      { at: 300, act: 'send', kind: 'text', size: 10 },
      { at: 400, act: 'send', kind: 'text', size: 20 },
    ])
  })

  it('have their kind; where both were counted together, by turns', () => {
    const entries = [run({ kind: 'binary' }), run({ kind: 'both', at: 9, until: 9, count: 2, bytes: 10 })]
    expect(actsOf(recordingOf({ entries })).map((act) => 'kind' in act && act.kind)).toEqual([
      'binary',
      'text',
      'binary',
    ])
  })

  it('whose entries are gone were between those that are not', () => {
    const acts = actsOf(
      recordingOf({
        entries: [run({ at: 10, until: 20 }), run({ at: 90, until: 90 })],
        head: 1,
        lost: 5,
        totals: { received: { count: 5, bytes: 40 }, sent: { count: 0, bytes: 0 } },
      }),
    )
    expect(acts.map(({ at }) => at)).toEqual([20, 20, 55, 90, 90])
    expect(acts.map((act) => (act.act === 'send' ? act.size : 0))).toEqual([5, 10, 10, 10, 5])
  })

  it('that were not among what is gone are none', () => {
    const totals = { received: { count: 1, bytes: 5 }, sent: { count: 0, bytes: 0 } }
    expect(actsOf(recordingOf({ entries: [run({})], head: 1, lost: 5, totals }))).toHaveLength(1)
    const first = { received: { count: 1, bytes: 7 }, sent: { count: 0, bytes: 0 } }
    expect(actsOf(recordingOf({ lost: 1, totals: first }))).toEqual([
      { at: 0, act: 'send', kind: 'text', size: 7 },
    ])
  })
})

describe('silence', () => {
  it('begins before the first ping that was missed, and ends before the next that was not', () => {
    const entries: Entry[] = [
      { at: 0, what: 'active' },
      { at: 1_001, until: 2_001, what: 'heartbeat', count: 2, rtt: 1 },
      { at: 3_000, until: 4_000, what: 'missed', count: 2 },
      { at: 5_010, until: 5_010, what: 'heartbeat', count: 1, rtt: 10 },
    ]
    expect(actsOf(recordingOf({ entries }))).toEqual([
      { at: 2_500, act: 'mute' },
      { at: 4_500, act: 'unmute' },
    ])
    expect(actsOf(recordingOf({ entries: entries.slice(0, 3) }))).toEqual([{ at: 2_500, act: 'mute' }])
  })
})

describe('a peer that does not read', () => {
  it('began not to when what waited at back-pressure was sent, and reads again', () => {
    const acts = actsOf(
      recordingOf({
        entries: [
          { at: 10, until: 90, what: 'sent', count: 100, bytes: 10_000 },
          { at: 100, what: 'backpressure', backlog: 0, buffered: 950 },
          { at: 300, what: 'drained' },
          { at: 310, until: 400, what: 'sent', count: 100, bytes: 10_000 },
        ],
        totals: { received: { count: 0, bytes: 0 }, sent: { count: 200, bytes: 20_000 } },
      }),
    )
    expect(acts).toEqual([
      { at: 0, act: 'stall', after: 89, by: 100 },
      { at: 300, act: 'resume' },
    ])
  })

  it('stops again only after it has read', () => {
    const entries: Entry[] = [
      { at: 10, what: 'backpressure', backlog: 0, buffered: 0 },
      { at: 20, what: 'drained' },
      { at: 30, what: 'backpressure', backlog: 0, buffered: 0 },
    ]
    expect(actsOf(recordingOf({ entries }))).toMatchObject([
      { at: 0, act: 'stall', by: 10 },
      { at: 20, act: 'resume' },
      { at: 21, act: 'stall', by: 30 },
    ])
  })

  it('counts with what is gone, where that was before', () => {
    const entries: Entry[] = [
      { at: 0, what: 'active' },
      { at: 100, what: 'backpressure', backlog: 0, buffered: 0 },
    ]
    const totals = { received: { count: 0, bytes: 0 }, sent: { count: 50, bytes: 50 } }
    expect(actsOf(recordingOf({ entries, head: 1, lost: 9, totals }))).toMatchObject([{ after: 49 }])
    expect(actsOf(recordingOf({ entries, head: 2, lost: 9, totals }))).toMatchObject([{ after: 0 }])
  })
})

describe('the end', () => {
  it.each([
    [closing({ cause: 'peer', code: 1001, by: 'peer' }), [{ at: 500, act: 'close', code: 1001 }]],
    [closing({ cause: 'network', code: 1006, by: 'network' }), [{ at: 500, act: 'cut' }]],
    [closing({ cause: 'aborted', code: 1006, by: 'network' }), [{ at: 500, act: 'cut' }]],
    [closing({ cause: 'violation', code: 1007 }), [{ at: 500, act: 'violate', code: 1007 }]],
    [
      closing({ cause: 'drain', code: 1012, reason: 'restarting' }),
      [{ at: 500, act: 'drain', code: 1012, reason: 'restarting' }],
    ],
    [closing({ cause: 'disconnect', code: 4000 }), [{ at: 500, act: 'disconnect', code: 4000, reason: '' }]],
    [closing({ cause: 'handler', code: 1011 }), []],
  ])('%j', (entry, acts) => {
    expect(actsOf(recordingOf({ entries: [entry] }))).toEqual(acts)
  })

  it("of a transport that threw is the transport's", () => {
    const error: Entry = { at: 500, until: 500, what: 'error', code: 'LINKSPAN_TRANSPORT', count: 1 }
    expect(actsOf(recordingOf({ entries: [error, closing({ cause: 'network', by: 'network' })] }))).toEqual(
      [],
    )
  })

  it('without an answer to our close frame: it was deaf, or its socket was gone', () => {
    const late: Entry = { at: 5_500, what: 'overdue', deadline: 'close' }
    const gone: Entry = { at: 510, what: 'socket', answered: false }
    const deafen = { at: 0, act: 'deafen' }
    expect(actsOf(recordingOf({ entries: [closing({}), late], end: unclean }))).toEqual([deafen])
    expect(actsOf(recordingOf({ entries: [closing({}), gone], end: unclean }))).toEqual([
      deafen,
      { at: 510, act: 'cut' },
    ])
    expect(actsOf(recordingOf({ entries: [closing({ framed: false }), gone], end: unclean }))).toEqual([])
  })
})
