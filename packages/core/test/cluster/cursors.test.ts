import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursors } from '../../src/cluster/cursors.js'
import type { Envelope } from '../../src/cluster/envelope.js'

const LOBBY = 'chat.topic.~.lobby'

/** An envelope whose items say which they are. */
function envelope(node: string, run: number, first: number, count: number): Envelope {
  const items = Array.from({ length: count }, (_, index) => ({
    kind: 'binary' as const,
    data: Uint8Array.of(run, first + index),
  }))
  return { node, epoch: 1, run, first, idle: 0, items }
}

/** What some nodes publish to one channel, each in runs of its own, in envelopes of several items. */
const published = fc
  .array(
    fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }), { maxLength: 3 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((nodes) =>
    nodes.flatMap((runs, node) =>
      runs.flatMap((counts, run) => {
        let first = 0
        return counts.map((count) => {
          const one = envelope(`node-${node}`, run + 1, first, count)
          first += count
          return one
        })
      }),
    ),
  )

/** The same, some of them lost, some twice, and in any order. */
const arriving = published.chain((all) =>
  fc.tuple(fc.constant(all), fc.array(fc.nat({ max: Math.max(0, all.length - 1) }), { maxLength: 40 })),
)

describe('cursors', () => {
  it('pass on what each node has published in its order and never twice, and miss nothing in silence', () => {
    fc.assert(
      fc.property(arriving, ([all, order]) => {
        const cursors = new Cursors()
        const heard = new Map<string, number[]>()
        const missed = new Map<string, number>()
        const unknown = new Set<string>()
        for (const index of all.length === 0 ? [] : order) {
          const one = all[index] as Envelope
          const arrival = cursors.arrived(LOBBY, one)
          const sequence = heard.get(one.node) ?? []
          heard.set(one.node, sequence)
          sequence.push(
            ...arrival.items.map(({ data: [run, at] }) => (run as number) * 1_000 + (at as number)),
          )
          if (arrival.missed === undefined) unknown.add(one.node)
          missed.set(one.node, (missed.get(one.node) ?? 0) + (arrival.missed ?? one.first))
        }
        for (const [node, sequence] of heard) {
          expect(sequence).toEqual([...new Set(sequence)].sort((one, other) => one - other))
          // What of the runs that were heard, up to the last of each, was not heard.
          const last = new Map<number, number>()
          for (const one of sequence) last.set(Math.floor(one / 1_000), (one % 1_000) + 1)
          const reached = [...last.values()].reduce((sum, next) => sum + next, 0)
          expect(missed.get(node)).toBe(reached - sequence.length)
          const firstHeard = (sequence[0] as number) % 1_000
          expect(unknown.has(node)).toBe(firstHeard > 0)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('pass on what overlaps from where it is new', () => {
    const cursors = new Cursors()
    cursors.arrived(LOBBY, envelope('one', 1, 0, 3))
    const { items, missed } = cursors.arrived(LOBBY, envelope('one', 1, 2, 3))
    expect(items.map(({ data }) => data[1])).toEqual([3, 4])
    expect(missed).toBe(0)
  })

  it('know what a node says it has published, and count that once', () => {
    const cursors = new Cursors()
    cursors.arrived(LOBBY, envelope('one', 1, 0, 3))
    const reminded = (node: string, next: number): number | undefined =>
      cursors.arrived(LOBBY, envelope(node, 1, next, 0)).missed
    expect(reminded('one', 3)).toBe(0)
    expect(reminded('one', 5)).toBe(2)
    expect(reminded('one', 5)).toBe(0)
    expect(cursors.arrived(LOBBY, envelope('one', 1, 3, 2))).toEqual({ items: [], missed: 0 })
    expect(reminded('two', 5)).toBeUndefined()
  })

  it('forget a channel, and a life of a node, and nothing else', () => {
    const cursors = new Cursors()
    const again = (channel: string, node: string): number =>
      cursors.arrived(channel, envelope(node, 1, 0, 1)).items.length
    for (const channel of [LOBBY, 'other']) for (const node of ['one', 'two']) again(channel, node)
    cursors.forgetChannel('other')
    cursors.forgetNode('one', 1)
    cursors.forgetNode('two', 2)
    expect(again(LOBBY, 'one')).toBe(1)
    expect(again(LOBBY, 'two')).toBe(0)
    expect(again('other', 'two')).toBe(1)
    cursors.forgetNode('one', 1)
    cursors.forgetNode('two', 1)
    expect(again(LOBBY, 'two')).toBe(1)
  })
})
