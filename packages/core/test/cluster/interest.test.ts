import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Interest, type InterestOwner } from '../../src/cluster/interest.js'
import { FakeClock } from '../fake-clock.js'
import { type Asked, ScriptedBroker, type ScriptedLink, type Verdict } from './scripted-broker.js'

const SILENT = { message() {}, up() {}, down() {}, gap() {} }
const GRACE = 1_000
const TIMEOUT = 500

/** Interest in the channels of an engine that does what the test says. */
class Stage implements InterestOwner {
  readonly clock: FakeClock = new FakeClock()
  readonly link: ScriptedLink
  readonly interest: Interest
  readonly seed = 0.5
  readonly grace = GRACE
  readonly timeout = TIMEOUT
  reachable = true
  readonly told: string[] = []

  constructor() {
    const broker = new ScriptedBroker()
    broker.open(SILENT)
    this.link = broker.link()
    this.interest = new Interest(this)
  }

  answered(): void {
    this.told.push('answered')
  }

  failed({ code, message }: { code: string; message: string }): void {
    this.told.push(`${code} ${/could not be (\w+)/.exec(message)?.[1]}`)
  }

  listening(channel: string): void {
    this.told.push(`listening ${channel}`)
  }

  silent(channel: string): void {
    this.told.push(`silent ${channel}`)
  }

  /** What was asked, in short. */
  get asked(): string[] {
    return this.link.asked.map(({ call, channel }) => `${call} ${channel}`)
  }

  /** The engine is gone, and forgets everything, or not. */
  cut(forgets: boolean): void {
    this.reachable = false
    if (forgets) this.link.channels.clear()
    this.interest.lose()
  }

  mend(): void {
    this.reachable = true
    this.interest.resubscribe()
  }

  script(verdict: Verdict | ((asked: Asked) => Verdict)): void {
    this.link.script = typeof verdict === 'string' ? () => verdict : verdict
  }
}

describe('interest', () => {
  it('is told to the engine once, however often it is had', async () => {
    const { interest, clock, link, told } = new Stage()
    interest.want('a')
    interest.want('a')
    expect(interest.has('a')).toBe(false)
    await clock.advance(0)
    interest.want('a')
    await clock.advance(0)
    expect(link.count('subscribe')).toBe(1)
    expect(told).toEqual(['answered', 'listening a'])
    expect(interest.has('a')).toBe(true)
    expect(interest.has('b')).toBe(false)
    expect(interest.size).toBe(1)
  })

  it('lasts for a while when it is over, and ends for each channel in its own time', async () => {
    const { interest, clock, link, told } = new Stage()
    for (const channel of ['a', 'b']) interest.want(channel)
    await clock.advance(0)
    interest.unwant('a')
    interest.unwant('a')
    interest.unwant('nobody has it')
    await clock.advance(GRACE - 1)
    interest.unwant('b')
    expect(link.count('unsubscribe')).toBe(0)
    await clock.advance(1)
    expect([...link.channels]).toEqual(['b'])
    expect(interest.has('a')).toBe(false)
    await clock.advance(GRACE - 1)
    expect(interest.size).toBe(0)
    expect(told.slice(-2)).toEqual(['answered', 'silent b'])
    expect(clock.pending).toBe(0)
  })

  it('that comes back meanwhile costs nothing', async () => {
    const { interest, clock, link } = new Stage()
    interest.want('a')
    await clock.advance(0)
    interest.unwant('a')
    await clock.advance(GRACE - 1)
    interest.want('a')
    await clock.advance(GRACE)
    expect(link.asked).toHaveLength(1)
    expect(interest.has('a')).toBe(true)
  })

  it('that comes back while the engine is told that it is over is told again', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    interest.want('a')
    await clock.advance(0)
    interest.unwant('a')
    stage.script(({ call }) => {
      // In the turn in which it is asked for.
      if (call === 'unsubscribe') interest.want('a')
      return 'take'
    })
    await clock.advance(GRACE)
    expect(stage.asked).toEqual(['subscribe a', 'unsubscribe a', 'subscribe a'])
    expect([...link.channels]).toEqual(['a'])
    expect(stage.told).not.toContain('silent a')
  })

  it('waits for an engine that is away, and says nothing of what has faded meanwhile', async () => {
    const stage = new Stage()
    const { interest, clock } = stage
    stage.reachable = false
    interest.want('a')
    interest.unwant('a')
    interest.want('b')
    await clock.advance(GRACE)
    interest.want('a')
    expect(stage.asked).toEqual([])
    stage.mend()
    await clock.advance(0)
    expect(stage.asked).toEqual(['subscribe b', 'subscribe a'])
    expect(interest.has('a')).toBe(true)
  })

  it('is told again after every outage; what faded meanwhile is ended, since the engine may have kept it', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    for (const channel of ['a', 'b']) interest.want(channel)
    await clock.advance(0)
    stage.cut(false)
    expect(interest.has('a')).toBe(false)
    interest.unwant('b')
    await clock.advance(GRACE)
    stage.mend()
    await clock.advance(0)
    expect(stage.asked.slice(2).sort()).toEqual(['subscribe a', 'unsubscribe b'])
    expect([...link.channels]).toEqual(['a'])
    expect(interest.size).toBe(1)
  })

  it('is tried again at longer and longer intervals, from the first one when it was told', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    stage.script('refuse')
    interest.want('a')
    await clock.advance(0)
    const delays: number[] = []
    for (let last = clock.monotonic(); delays.length < 8; ) {
      const count = link.asked.length
      while (link.asked.length === count) await clock.advance(10)
      delays.push(clock.monotonic() - last)
      last = clock.monotonic()
    }
    delays.forEach((delay, attempt) => {
      const longest = Math.min(5_000, 100 * 2 ** attempt)
      expect(delay).toBeGreaterThanOrEqual(longest / 2)
      expect(delay).toBeLessThanOrEqual(longest + 10)
    })
    expect(stage.told[0]).toBe('LINKSPAN_BROKER subscribed')
    stage.script('take')
    await clock.advance(5_000)
    expect(interest.has('a')).toBe(true)
  })

  it('is tried again at once when the engine is back', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    stage.script('refuse')
    interest.want('a')
    await clock.advance(2_000)
    stage.script('take')
    const before = link.asked.length
    stage.cut(true)
    stage.mend()
    await clock.advance(0)
    expect(link.asked.length).toBe(before + 1)
    expect(interest.has('a')).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('that fails after it was told, or after an outage, is tried again soon', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    stage.script('refuse')
    interest.want('a')
    await clock.advance(20_000)
    stage.cut(true)
    stage.mend()
    await clock.advance(0)
    const afterOutage = link.asked.length
    await clock.advance(100)
    expect(link.asked.length).toBeGreaterThan(afterOutage)
    await clock.advance(20_000)
    stage.script('take')
    await clock.advance(5_000)
    interest.unwant('a')
    stage.script('refuse')
    await clock.advance(GRACE)
    const afterSuccess = link.asked.length
    await clock.advance(100)
    expect(link.asked.length).toBeGreaterThan(afterSuccess)
  })

  it('in what was perhaps told is told again: nobody knows what a late answer would have been', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    interest.want('a')
    await clock.advance(0)
    interest.unwant('a')
    stage.script('swallow')
    await clock.advance(GRACE)
    interest.want('a')
    stage.script('take')
    await clock.advance(TIMEOUT + 100)
    expect([...link.channels]).toEqual(['a'])
    expect(interest.has('a')).toBe(true)
    expect(stage.told).toContain('LINKSPAN_BROKER unsubscribed')
  })

  it('that was answered in an earlier life of the engine is told to the new one', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    stage.script('hang')
    interest.want('a')
    await clock.advance(1)
    stage.script('take')
    stage.cut(true)
    stage.mend()
    expect(link.count('subscribe')).toBe(1)
    await clock.advance(TIMEOUT)
    expect(link.count('subscribe')).toBe(2)
    expect(interest.has('a')).toBe(true)
  })

  it('answered after the engine was lost does not count', async () => {
    const stage = new Stage()
    const { interest, clock, told } = stage
    interest.want('a')
    stage.cut(true)
    await clock.advance(0)
    expect(interest.has('a')).toBe(false)
    expect(told).toEqual(['answered'])
    stage.mend()
    await clock.advance(0)
    expect(interest.has('a')).toBe(true)
  })

  it('has a time since which it is had', async () => {
    const { interest, clock } = new Stage()
    await clock.advance(100)
    interest.want('a')
    expect(interest.hasSince('a', 100)).toBe(false)
    await clock.advance(0)
    expect(interest.hasSince('a', 100)).toBe(true)
    expect(interest.hasSince('a', 99)).toBe(false)
    expect(interest.hasSince('b', 100)).toBe(false)
  })

  it('takes at most 256 calls at a time', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    stage.script('swallow')
    for (let index = 0; index < 300; index += 1) interest.want(`channel-${index}`)
    await clock.advance(0)
    expect(link.asked).toHaveLength(256)
    stage.script('take')
    await clock.advance(TIMEOUT + 100)
    expect(link.channels.size).toBe(300)
  })

  it('is settled when all that is wanted is had', async () => {
    const stage = new Stage()
    const { interest, clock } = stage
    await interest.settled()
    stage.script('refuse')
    interest.want('a')
    interest.want('b')
    let settled = false
    void interest.settled().then(() => {
      settled = true
    })
    await clock.advance(50)
    stage.script(({ channel }) => (channel === 'a' ? 'take' : 'hang'))
    await clock.advance(200)
    expect(interest.has('a')).toBe(true)
    expect(settled).toBe(false)
    stage.script('take')
    await clock.advance(TIMEOUT + 200)
    expect(settled).toBe(true)
  })

  it('is over at the end: nothing is asked any more, and nobody waits', async () => {
    const stage = new Stage()
    const { interest, clock } = stage
    for (const channel of ['a', 'b', 'c']) interest.want(channel)
    await clock.advance(0)
    interest.unwant('a')
    stage.script('refuse')
    interest.want('d')
    stage.script('hang')
    interest.want('e')
    await clock.advance(1)
    const settled = interest.settled()
    const { length } = stage.asked
    const told = stage.told.length
    interest.end()
    await settled
    await interest.settled()
    for (const channel of ['a', 'f']) interest.want(channel)
    interest.unwant('b')
    await clock.advance(10_000)
    expect(stage.asked).toHaveLength(length)
    expect(stage.told).toHaveLength(told)
    expect(interest.size).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('of which too much was to be told at the end is not told any more', async () => {
    const stage = new Stage()
    const { interest, clock, link } = stage
    for (let index = 0; index < 300; index += 1) interest.want(`channel-${index}`)
    interest.end()
    await clock.advance(0)
    expect(link.asked).toHaveLength(256)
  })

  it('answered after the end is nobody’s', async () => {
    const stage = new Stage()
    const { interest, clock, told } = stage
    interest.want('a')
    interest.end()
    await clock.advance(0)
    expect(told).toEqual(['answered'])
    expect(interest.has('a')).toBe(false)
  })
})

const CHANNELS = ['a', 'b', 'c'] as const
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('want', 'unwant'), channel: fc.constantFrom(...CHANNELS) }),
  fc.record({ do: fc.constant('pass'), time: fc.constantFrom(0, 1, 60, 600, 1_100) }),
  fc.record({
    do: fc.constant('script'),
    verdict: fc.constantFrom<Verdict>('take', 'refuse', 'swallow', 'hang', 'deny'),
  }),
  fc.record({ do: fc.constant('cut'), forgets: fc.boolean() }),
  fc.record({ do: fc.constant('mend') }),
)

describe('whatever happens', () => {
  it('the engine ends up with what is wanted, and is asked one thing of a channel at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const stage = new Stage()
        const { interest, clock, link } = stage
        const wanted = new Set<string>()
        let verdict: Verdict = 'take'
        // A call that is not answered is on its way until its time is over.
        const until = new Map<string, number>()
        const early: string[] = []
        stage.script(({ channel }) => {
          if (clock.monotonic() < (until.get(channel) ?? 0)) early.push(channel)
          if (verdict === 'hang' || verdict === 'swallow') until.set(channel, clock.monotonic() + TIMEOUT)
          return verdict
        })
        for (const one of steps) {
          if ('channel' in one) {
            if (one.do === 'want') wanted.add(one.channel)
            else wanted.delete(one.channel)
            if (one.do === 'want') interest.want(one.channel)
            else interest.unwant(one.channel)
          } else if ('time' in one) await clock.advance(one.time)
          else if ('verdict' in one) verdict = one.verdict
          else if ('forgets' in one) {
            if (stage.reachable) stage.cut(one.forgets)
          } else if (!stage.reachable) stage.mend()
        }
        verdict = 'take'
        if (!stage.reachable) stage.mend()
        await clock.advance(10_000)
        expect(early).toEqual([])
        expect([...link.channels].sort()).toEqual([...wanted].sort())
        expect(CHANNELS.filter((channel) => interest.has(channel))).toEqual([...wanted].sort())
        expect(interest.size).toBe(wanted.size)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})
