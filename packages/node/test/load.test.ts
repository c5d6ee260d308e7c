import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { processLoad } from '@linkspan/node'
import { VirtualClock } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'

/** Runs the event loop for some time, each turn of it blocked for `busy` milliseconds. */
async function run(time: number, busy: number): Promise<void> {
  const end = performance.now() + time
  while (performance.now() < end) {
    const free = performance.now() + busy
    while (performance.now() < free);
    await new Promise(setImmediate)
  }
}

function measured(window?: number) {
  const clock = new VirtualClock()
  const load = processLoad({ clock, ...(window !== undefined && { window }) })
  onTestFinished(() => load.stop())
  return { clock, load }
}

describe('processLoad', () => {
  it('measures how late the event loop runs', async () => {
    const { clock, load } = measured()
    const over = async (time: number, busy: number): Promise<number> => {
      await run(time, busy)
      await clock.advance(500)
      return load.read().eventLoopDelay
    }
    const before = await over(150, 0)
    const busy = await over(900, 300)
    // What blocked last is noticed afterwards, in the window that follows.
    await over(50, 0)
    const after = await over(150, 0)
    expect(busy).toBeGreaterThan(200)
    expect(before).toBeGreaterThanOrEqual(0)
    expect(before).toBeLessThan(busy)
    expect(after).toBeLessThan(busy)
  })

  it('takes a delay for as long as it lasted: a few long ones are not lost among many short', async () => {
    const { clock, load } = measured()
    await run(200, 0)
    await run(200, 200)
    await clock.advance(500)
    // A plain mean of some 20 intervals, one of them of 200 ms, would be about 10.
    expect(load.read().eventLoopDelay).toBeGreaterThan(50)
  })

  it('measures the share of the heap that is used', async () => {
    // What other tests have left would otherwise be collected in between, and may be more than what is held here.
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    const { clock, load } = measured()
    const before = load.read().heapUsed
    const held = Array.from({ length: 3_000_000 }, (_, index) => ({ index }))
    await clock.advance(500)
    expect(before).toBeGreaterThan(0)
    expect(load.read().heapUsed).toBeGreaterThan(before)
    expect(load.read().heapUsed).toBeLessThan(1)
    expect(held).toHaveLength(3_000_000)
  })

  it('answers what the last whole window was like: of 500 ms, or as it is told', async () => {
    const usual = measured()
    const first = usual.load.read()
    await usual.clock.advance(499)
    expect(usual.load.read()).toBe(first)
    await usual.clock.advance(1)
    expect(usual.load.read()).not.toBe(first)
    const short = measured(20)
    const early = short.load.read()
    await short.clock.advance(20)
    expect(short.load.read()).not.toBe(early)
  })

  it('answers no delay where nothing was recorded yet', async () => {
    const { clock, load } = measured()
    expect(load.read().eventLoopDelay).toBe(0)
    await clock.advance(500)
    expect(load.read().eventLoopDelay).toBe(0)
  })

  it('stops, twice too, and by itself where it goes out of scope', () => {
    const { clock, load } = measured()
    expect(clock.pending).toBe(1)
    load.stop()
    load.stop()
    expect(clock.pending).toBe(0)
    const other = new VirtualClock()
    {
      using scoped = processLoad({ clock: other })
      expect(scoped.read().heapUsed).toBeGreaterThan(0)
      expect(other.pending).toBe(1)
    }
    expect(other.pending).toBe(0)
  })

  it('keeps no process alive', async () => {
    const program = "import { processLoad } from '@linkspan/node'; processLoad({ window: 20 }).read()"
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions=@linkspan/source', '--input-type=module', '--eval', program],
      { cwd: new URL('.', import.meta.url), stdio: 'inherit' },
    )
    onTestFinished(() => void child.kill())
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it.each([19, 60_001, 100.5, Number.NaN])('refuses a window of %d ms', (window) => {
    expect(() => processLoad({ window })).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
  })
})
