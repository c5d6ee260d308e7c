import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, type Item, sizeOf } from '../../src/cluster/envelope.js'
import { Outgoing, type OutgoingOwner } from '../../src/cluster/outgoing.js'
import type { LinkspanError } from '../../src/errors.js'
import { FakeClock } from '../fake-clock.js'
import { ScriptedBroker, type ScriptedLink, type Verdict } from './scripted-broker.js'

const SILENT = { message() {}, up() {}, down() {}, gap() {} }
const TIMEOUT = 500

/** What goes out to an engine that does what the test says. */
class Stage implements OutgoingOwner {
  readonly clock: FakeClock = new FakeClock()
  readonly link: ScriptedLink
  readonly outgoing: Outgoing
  readonly node = 'one'
  readonly epoch = 1
  readonly seed = 0.5
  readonly timeout = TIMEOUT
  readonly limit: number
  reachable = true
  failures = 0
  answers = 0
  /** What became of what was published. */
  readonly settled: string[] = []

  constructor(limit = 1_000_000) {
    const broker = new ScriptedBroker()
    broker.open(SILENT)
    this.limit = limit
    this.link = broker.link()
    this.outgoing = new Outgoing(this)
  }

  answered(): void {
    this.answers += 1
  }

  failed(): void {
    this.failures += 1
  }

  publish(channel: string, text: string): string {
    return this.outgoing.publish(channel, item(text), (error) => {
      this.settled.push(error === undefined ? text : `${text}: ${why(error)}`)
    })
  }

  /** What the engine was given: the channel, the first number, and the texts. */
  get given(): string[] {
    return this.link.asked.map(({ channel, payload }) => {
      const { run, first, items } = decode(payload) as NonNullable<ReturnType<typeof decode>>
      return `${channel} ${run}:${first} ${items.map(({ data }) => Buffer.from(data).toString()).join()}`
    })
  }
}

const item = (text: string): Item => ({ kind: 'text', data: Buffer.from(text) })

function why(error: Error): string {
  const { code, message } = error as LinkspanError
  return `${code} ${/nodes: ([^.]*)\./.exec(message)?.[1]}`
}

describe('what is published', () => {
  it('in one turn travels together, and each channel for itself', async () => {
    const stage = new Stage()
    for (const text of ['1', '2', '3']) expect(stage.publish('a', text)).toBe('sent')
    stage.publish('b', '4')
    expect(stage.given).toEqual([])
    await stage.clock.advance(0)
    expect(stage.given).toEqual(['a 1:0 1,2,3', 'b 2:0 4'])
    expect(stage.settled).toEqual(['1', '2', '3', '4'])
    expect(stage.outgoing).toMatchObject({ published: 4, dropped: 0, bytes: 0 })
  })

  it('while the last batch of the channel is on its way travels together after it', async () => {
    const stage = new Stage()
    stage.link.script = ({ channel }) => (channel === 'a' ? 'hang' : 'take')
    stage.publish('a', '1')
    await stage.clock.advance(1)
    for (const text of ['2', '3']) stage.publish('a', text)
    stage.publish('b', 'x')
    await stage.clock.advance(1)
    expect(stage.given).toEqual(['a 1:0 1', 'b 2:0 x'])
    stage.link.script = () => 'take'
    await stage.clock.advance(TIMEOUT + 100)
    expect(stage.given.slice(2)).toEqual(['a 1:0 1', 'a 1:1 2,3'])
  })

  it('travels in batches of 256 KiB, of what the engine takes, and of one where that is more', async () => {
    const stage = new Stage(10_000_000)
    const sizes = (): number[] =>
      stage.link.asked.splice(0).map(({ payload }) => decode(payload)?.items.length ?? 0)
    const publish = async (count: number, length: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) stage.publish('a', 'x'.repeat(length))
      await stage.clock.advance(0)
    }
    await publish(5, 100_000)
    expect(sizes()).toEqual([2, 2, 1])
    await publish(2, 300_000)
    expect(sizes()).toEqual([1, 1])
    stage.link.maxPayload = 65_536
    await publish(4, 30_000)
    expect(sizes()).toEqual([2, 2])
  })

  it('fits the engine to the last byte, or is dropped', async () => {
    const stage = new Stage()
    stage.link.maxPayload = 65_536
    const room = 65_536 - (2 + 3 + 32) - 5
    expect(stage.publish('a', 'x'.repeat(room))).toBe('sent')
    await stage.clock.advance(0)
    expect(stage.link.asked[0]?.payload.byteLength).toBe(65_536)
    stage.settled.length = 0
    expect(stage.publish('a', 'x'.repeat(room + 1))).toBe('dropped')
    expect(stage.settled[0]).toMatch(/x: LINKSPAN_BROKER it is larger than the engine takes \(65536 bytes\)$/)
    expect(stage.outgoing.dropped).toBe(1)
  })

  it('beyond the buffer is dropped, the newest of it, and has its number all the same', async () => {
    const stage = new Stage(2 * sizeOf(item('1')))
    stage.reachable = false
    expect(['1', '2', '3'].map((text) => stage.publish('a', text))).toEqual(['queued', 'queued', 'dropped'])
    expect(stage.settled).toEqual(['3: LINKSPAN_BROKER more waits for the engine than the buffer holds'])
    stage.reachable = true
    stage.outgoing.resume()
    await stage.clock.advance(0)
    stage.publish('a', '4')
    await stage.clock.advance(0)
    expect(stage.given).toEqual(['a 1:0 1,2', 'a 1:3 4'])
  })

  it('larger than the buffer goes where nothing waits', async () => {
    const stage = new Stage(0)
    expect(stage.publish('a', '1')).toBe('sent')
    expect(stage.publish('a', '2')).toBe('dropped')
    await stage.clock.advance(0)
    expect(stage.publish('a', '3')).toBe('sent')
  })

  it('has a hole in its numbers travels in two', async () => {
    const stage = new Stage(30)
    stage.reachable = false
    stage.publish('a', '1')
    expect(stage.publish('a', 'x'.repeat(30))).toBe('dropped')
    expect(stage.publish('a', '3')).toBe('queued')
    stage.reachable = true
    stage.outgoing.resume()
    await stage.clock.advance(0)
    expect(stage.given).toEqual(['a 1:0 1', 'a 1:2 3'])
  })

  it('goes to 64 channels at a time', async () => {
    const stage = new Stage()
    stage.link.script = () => 'swallow'
    for (let index = 0; index < 70; index += 1) stage.publish(`channel-${index}`, 'x')
    await stage.clock.advance(0)
    expect(stage.link.asked).toHaveLength(64)
    stage.link.script = () => 'take'
    await stage.clock.advance(TIMEOUT + 100)
    expect(stage.outgoing.published).toBe(70)
  })
})

describe('a publish that fails', () => {
  it('is tried again with the same numbers, four times in all, and given up', async () => {
    const stage = new Stage()
    stage.link.script = () => 'refuse'
    stage.publish('a', '1')
    await stage.clock.advance(10_000)
    expect(stage.given).toEqual(Array(4).fill('a 1:0 1'))
    expect(stage.failures).toBe(4)
    expect(stage.settled).toEqual(['1: LINKSPAN_BROKER the engine did not take it'])
    expect(stage.outgoing).toMatchObject({ dropped: 1, published: 0, bytes: 0 })
    stage.link.script = () => 'take'
    stage.publish('a', '2')
    await stage.clock.advance(0)
    expect(stage.given[4]).toBe('a 1:1 2')
    expect(stage.answers).toBe(1)
  })

  it('while the engine is away counts for nothing, and is tried at once when it is back', async () => {
    const stage = new Stage()
    stage.link.script = () => 'refuse'
    stage.publish('a', '1')
    await stage.clock.advance(0)
    stage.reachable = false
    await stage.clock.advance(60_000)
    expect(stage.settled).toEqual([])
    stage.reachable = true
    const tries = stage.given.length
    stage.outgoing.resume()
    await stage.clock.advance(0)
    expect(stage.given).toHaveLength(tries + 1)
    expect(stage.settled).toEqual([])
    stage.link.script = () => 'take'
    await stage.clock.advance(5_000)
    expect(stage.settled).toEqual(['1'])
  })

  it('that was taken without an answer is told by its number: others hear the same twice', async () => {
    const stage = new Stage()
    stage.link.script = () => 'swallow'
    stage.publish('a', '1')
    await stage.clock.advance(TIMEOUT - 1)
    stage.link.script = () => 'take'
    await stage.clock.advance(100)
    expect(stage.given).toEqual(['a 1:0 1', 'a 1:0 1'])
    const [first, second] = stage.link.asked
    expect(first?.payload).toEqual(second?.payload)
    expect(stage.outgoing.published).toBe(1)
    expect(stage.clock.pending).toBe(0)
  })
})

describe('reminders', () => {
  it('say how far a channel has got that was quiet for a while, once for each time', async () => {
    const stage = new Stage()
    const given = async (): Promise<string[]> => {
      stage.outgoing.remind([100, 300])
      await stage.clock.advance(0)
      return stage.given.splice(0)
    }
    for (const text of ['1', '2']) stage.publish('a', text)
    stage.publish('beat.beat', 'fleeting')
    await stage.clock.advance(99)
    stage.link.asked.length = 0
    expect(await given()).toEqual([])
    await stage.clock.advance(1)
    expect(await given()).toEqual(['a 1:2 '])
    stage.link.asked.length = 0
    await stage.clock.advance(199)
    expect(await given()).toEqual([])
    await stage.clock.advance(1)
    expect(await given()).toEqual(['a 1:2 '])
    stage.link.asked.length = 0
    await stage.clock.advance(1_000)
    expect(await given()).toEqual([])
    stage.publish('a', '3')
    await stage.clock.advance(100)
    stage.link.asked.length = 0
    expect(await given()).toEqual(['a 1:3 '])
    expect(stage.outgoing).toMatchObject({ published: 4, dropped: 0, bytes: 0 })
  })

  it('tell for how long it was quiet, and of what was dropped', async () => {
    const stage = new Stage(0)
    stage.publish('a', '1')
    stage.publish('a', 'dropped')
    await stage.clock.advance(150)
    stage.outgoing.remind([100])
    await stage.clock.advance(0)
    expect(stage.given.at(-1)).toBe('a 1:2 ')
    expect(decode(stage.link.asked.at(-1)?.payload as Uint8Array)).toMatchObject({ idle: 150, items: [] })
  })

  it('are none while something is on its way or waits', async () => {
    const stage = new Stage()
    stage.publish('a', '1')
    await stage.clock.advance(100)
    stage.link.script = () => 'hang'
    stage.publish('a', '2')
    await stage.clock.advance(0)
    stage.outgoing.remind([0])
    stage.reachable = false
    stage.publish('b', '3')
    stage.outgoing.remind([0])
    await stage.clock.advance(0)
    expect(stage.given).toEqual(['a 1:0 1', 'a 1:1 2'])
  })

  it('that what is published overtakes are none', async () => {
    const stage = new Stage()
    stage.publish('a', '1')
    await stage.clock.advance(100)
    stage.outgoing.remind([100])
    stage.publish('a', '2')
    await stage.clock.advance(50)
    expect(stage.given).toEqual(['a 1:0 1', 'a 1:1 2'])
  })

  it('that the engine refuses are not tried again, but said again', async () => {
    const stage = new Stage()
    stage.publish('a', '1')
    await stage.clock.advance(100)
    stage.link.script = () => 'refuse'
    stage.outgoing.remind([100])
    await stage.clock.advance(10_000)
    expect(stage.given).toEqual(['a 1:0 1', 'a 1:1 '])
    stage.link.script = () => 'take'
    stage.outgoing.remind([100])
    await stage.clock.advance(0)
    expect(stage.given.slice(2)).toEqual(['a 1:1 '])
  })

  it('are a thousand at once, and the rest the next time', async () => {
    const stage = new Stage()
    for (let index = 0; index < 1_500; index += 1) stage.publish(`channel-${index}`, 'x')
    await stage.clock.advance(0)
    for (const expected of [1_000, 500, 0]) {
      stage.link.asked.length = 0
      stage.outgoing.remind([0])
      await stage.clock.advance(0)
      expect(stage.given).toHaveLength(expected)
    }
  })

  it('are none of a channel that was forgotten; used again it begins a new run', async () => {
    const stage = new Stage(10_000_000)
    stage.publish('first', '1')
    await stage.clock.advance(0)
    stage.link.script = ({ channel }) => (channel === 'busy' ? 'hang' : 'take')
    stage.publish('busy', '1')
    await stage.clock.advance(0)
    for (let index = 0; index < 10_000; index += 1) stage.publish(`channel-${index}`, 'x')
    await stage.clock.advance(1)
    stage.publish('first', '2')
    stage.publish('busy', '2')
    await stage.clock.advance(0)
    expect(stage.given.at(-1)).toBe('first 10003:0 2')
    stage.link.script = () => 'take'
    await stage.clock.advance(TIMEOUT + 100)
    expect(stage.given.slice(-2)).toEqual(['busy 2:0 1', 'busy 2:1 2'])
  })
})

describe('while it is held', () => {
  const LOBBY = 'linkspan.topic.~.lobby'
  const BEAT = 'linkspan.beat'

  it('what is patient waits, whether it is new or was on its way, and takes nobody’s place', async () => {
    const stage = new Stage()
    stage.link.script = ({ channel }) => (channel.startsWith('x.topic') ? 'refuse' : 'take')
    for (let index = 0; index < 64; index += 1) stage.publish(`x.topic.${index}`, 'x')
    await stage.clock.advance(0)
    stage.link.asked.length = 0
    stage.link.script = () => 'take'
    stage.outgoing.hold()
    stage.outgoing.hold()
    stage.outgoing.resume()
    expect(stage.publish(LOBBY, '1')).toBe('queued')
    expect(stage.publish('linkspan.presence.~.lobby', '2')).toBe('sent')
    expect(stage.publish(BEAT, '3')).toBe('sent')
    await stage.clock.advance(60_000)
    expect(stage.given.map((one) => one.split(' ')[0])).toEqual(['linkspan.presence.~.lobby', BEAT])
    stage.outgoing.release()
    await stage.clock.advance(0)
    expect(stage.link.asked).toHaveLength(2 + 64 + 1)
    expect(stage.publish(LOBBY, '4')).toBe('sent')
    expect(stage.outgoing.dropped).toBe(0)
  })

  it('and held once more before it has gone on, it waits once more', async () => {
    const stage = new Stage()
    stage.link.script = () => 'refuse'
    stage.publish(LOBBY, '1')
    await stage.clock.advance(0)
    stage.outgoing.hold()
    stage.outgoing.resume()
    await stage.clock.advance(0)
    stage.outgoing.release()
    stage.outgoing.hold()
    stage.link.script = () => 'take'
    await stage.clock.advance(10_000)
    expect(stage.settled).toEqual([])
    stage.outgoing.release()
    await stage.clock.advance(0)
    expect(stage.settled).toEqual(['1'])
  })

  it('the end ends that', async () => {
    const stage = new Stage()
    stage.link.script = () => 'refuse'
    stage.publish(LOBBY, '1')
    await stage.clock.advance(0)
    stage.outgoing.hold()
    stage.publish(LOBBY, '2')
    stage.outgoing.end()
    await stage.clock.advance(0)
    expect(stage.settled).toHaveLength(2)
    expect(stage.clock.pending).toBe(0)
  })
})

describe('what is fleeting', () => {
  it('is tried again while the engine can be reached, and given up where it cannot', async () => {
    const stage = new Stage()
    stage.link.script = () => 'refuse'
    stage.publish('linkspan.beat', '1')
    await stage.clock.advance(0)
    stage.reachable = false
    stage.publish('linkspan.node.two', '2')
    await stage.clock.advance(10_000)
    expect(stage.given).toHaveLength(2)
    expect(stage.settled).toEqual(['1: LINKSPAN_BROKER the engine did not take it'])
    stage.link.script = () => 'take'
    stage.reachable = true
    stage.outgoing.resume()
    await stage.clock.advance(0)
    expect(stage.settled.at(-1)).toBe('2')
  })
})

describe('at the end', () => {
  it('what waits is given up, and nothing more is taken', async () => {
    const stage = new Stage()
    stage.link.script = () => 'hang'
    stage.publish('a', '1')
    await stage.clock.advance(0)
    stage.publish('a', '2')
    stage.outgoing.end()
    expect(stage.publish('a', '3')).toBe('closed')
    expect(stage.settled).toEqual([
      '2: LINKSPAN_BROKER the application has been drained',
      '3: LINKSPAN_BROKER the application has been drained',
    ])
    await stage.clock.advance(TIMEOUT)
    expect(stage.settled[2]).toBe('1: LINKSPAN_BROKER the engine did not take it')
    expect(stage.given).toHaveLength(1)
    expect(stage.failures).toBe(0)
    expect(stage.outgoing.bytes).toBe(0)
    expect(stage.clock.pending).toBe(0)
  })

  it('what would be tried again is not: the engine has been left', async () => {
    const stage = new Stage()
    stage.link.script = () => 'refuse'
    stage.publish('a', '1')
    await stage.clock.advance(1)
    stage.outgoing.end()
    await stage.clock.advance(1)
    expect(stage.given).toHaveLength(1)
    expect(stage.settled).toEqual(['1: LINKSPAN_BROKER the engine did not take it'])
  })

  it('flushed resolves when nothing waits', async () => {
    const stage = new Stage()
    await stage.outgoing.flushed()
    stage.link.script = () => 'hang'
    stage.publish('a', '1')
    stage.outgoing.publish('b', item('nobody asks'))
    let flushed = false
    void stage.outgoing.flushed().then(() => {
      flushed = true
    })
    await stage.clock.advance(TIMEOUT)
    expect(flushed).toBe(false)
    stage.link.script = () => 'take'
    await stage.clock.advance(100)
    expect(flushed).toBe(true)
  })
})

const step = fc.oneof(
  fc.record({ channel: fc.constantFrom('a', 'b'), length: fc.constantFrom(1, 10, 200) }),
  fc.record({ time: fc.constantFrom(0, 1, 100, 600) }),
  fc.record({ verdict: fc.constantFrom<Verdict>('take', 'refuse', 'swallow', 'hang', 'deny') }),
  fc.record({ reachable: fc.boolean() }),
)

describe('whatever happens', () => {
  it('each item is settled once, each channel keeps its order, and the buffer its bound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const stage = new Stage(300)
        const { clock, link, outgoing } = stage
        const settled = new Map<string, number>()
        let verdict: Verdict = 'take'
        const taken = new Map<string, string[]>([
          ['a', []],
          ['b', []],
        ])
        // What a receiver makes of it: what it has by number is not new.
        const next = new Map<string, number>()
        link.script = ({ channel, payload }) => {
          if (verdict !== 'refuse' && verdict !== 'hang') {
            const { first, items } = decode(payload) as NonNullable<ReturnType<typeof decode>>
            const seen = next.get(channel) ?? 0
            for (const { data } of items.slice(Math.max(0, seen - first))) {
              taken.get(channel)?.push(Buffer.from(data).toString().trim())
            }
            next.set(channel, Math.max(seen, first + items.length))
          }
          return verdict
        }
        let made = 0
        const answers = new Map<string, string>()
        for (const one of steps) {
          if ('channel' in one) {
            made += 1
            const name = `${made}`
            const text = name.padStart(one.length)
            const answer = outgoing.publish(one.channel, item(text), (error) => {
              settled.set(name, (settled.get(name) ?? 0) + 1)
              if (error === undefined) answers.set(name, 'published')
            })
            if (answer === 'dropped') answers.set(name, 'dropped')
            expect(outgoing.bytes).toBeLessThanOrEqual(300)
          } else if ('time' in one) await clock.advance(one.time)
          else if ('verdict' in one) verdict = one.verdict
          else {
            stage.reachable = one.reachable
            if (one.reachable) outgoing.resume()
          }
        }
        verdict = 'take'
        stage.reachable = true
        outgoing.resume()
        await clock.advance(10_000)
        expect(outgoing.bytes).toBe(0)
        expect([...settled.values()].every((times) => times === 1)).toBe(true)
        expect(settled.size).toBe(made)
        expect(outgoing.published + outgoing.dropped).toBe(made)
        expect(clock.pending).toBe(0)
        for (const [channel, texts] of taken) {
          expect(texts).toEqual([...texts].sort((first, second) => Number(first) - Number(second)))
          expect(new Set(texts).size).toBe(texts.length)
          expect(texts.filter((text) => answers.get(text) === 'dropped')).toEqual([])
          expect(channel).toMatch(/[ab]/)
        }
        const heard = new Set([...taken.values()].flat())
        for (const [name, answer] of answers) if (answer === 'published') expect(heard.has(name)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
