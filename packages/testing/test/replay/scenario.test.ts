import type { linkspan as Make } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { type Action, scenario, simulate, type World } from '../../src/index.js'
import { recordedLife, recordingOf } from './recordings.js'

const echo = ({ linkspan }: { linkspan: typeof Make }) =>
  linkspan({ heartbeat: { interval: 1_000, misses: 2 }, maxPayload: 100 }).message(
    (conn, message) => void conn.send(message),
  )

describe('a recorded life in a simulation', () => {
  it('goes as it went, and everything holds', async () => {
    const recording = await recordedLife(echo, async ({ peer, clock }) => {
      peer.send('one')
      await clock.advance(2_500)
      peer.send(new Uint8Array(30))
      peer.answersPings = false
      await clock.advance(9_000)
    })
    expect(recording.end?.code).toBe(4102)
    const report = await simulate({ app: echo, seed: 1, ...scenario(recording) })
    expect(report.violations).toEqual([])
    expect(report.counts).toMatchObject({ connections: 1, opened: 1, received: 2 })
    expect(report.trace.join('\n')).toMatch(/closed with 4102 by server/)
    // As it was recorded, to a turn of the heartbeat.
    const [time] = /^ *(\d+) ms .*closed with/m.exec(report.trace.join('\n'))?.slice(1) ?? []
    expect(Math.abs(Number(time) - recording.age)).toBeLessThan(50)
  })

  it('meets other fates by seed, and what does not hold is found', async () => {
    const recording = await recordedLife(echo, async ({ peer, clock }) => {
      for (let index = 0; index < 5; index += 1) {
        peer.send('x')
        await clock.advance(100)
      }
      peer.close(1000)
    })
    const leaky = (world: World) => {
      let held = 0
      world.finally('everything is given back', () => held === 0)
      return world.linkspan().use(async (conn, next) => {
        held += 1
        await world.io('a backend')
        conn.defer(() => {
          held -= 1
        })
        return next()
      })
    }
    const violated: number[] = []
    for (let seed = 1; seed <= 60; seed += 1) {
      const { violations } = await simulate({ app: leaky, seed, ...scenario(recording) })
      if (violations.length > 0) violated.push(seed)
    }
    expect(violated.length).toBeGreaterThan(0)
    expect(violated.length).toBeLessThan(60)
  })

  it.each([
    ['peer', 1005, 'peer', [{ kind: 'close' }]],
    ['peer', 4321, 'peer', [{ kind: 'close', exactly: 4321 }]],
    ['violation', 1002, 'server', [{ kind: 'badFrame' }]],
    ['violation', 1007, 'server', [{ kind: 'badText' }]],
    ['violation', 1009, 'server', [{ kind: 'oversize' }]],
    ['drain', 1012, 'server', [{ kind: 'drain' }]],
  ] as const)('%s, %i', async (cause, code, by, kinds) => {
    const entries = [
      { at: 40, what: 'closing', cause, code, by, framed: true, backlog: 0, buffered: 0 },
    ] as const
    const { schedule } = scenario(recordingOf({ entries, age: 50 }))
    expect(schedule).toMatchObject([
      { kind: 'connect' },
      { kind: 'advance', exactly: 40 },
      ...kinds,
      { kind: 'advance', exactly: 10 },
    ])
    const { violations, trace } = await simulate({ app: echo, seed: 1, clients: 1, schedule })
    expect(violations).toEqual([])
    expect(trace.join('\n')).toContain(`closed with ${code} by ${by}`)
  })

  it('pauses where its peer did not read, and answers pings again', () => {
    const entries = [
      { at: 10, until: 10, what: 'missed', count: 1 },
      { at: 30, until: 30, what: 'heartbeat', count: 1, rtt: 2 },
      { at: 40, what: 'backpressure', backlog: 0, buffered: 5 },
      { at: 50, what: 'drained' },
    ] as const
    const kinds = (schedule: readonly Action[]) =>
      schedule.map(({ kind }) => kind).filter((kind) => kind !== 'advance')
    expect(kinds(scenario(recordingOf({ entries })).schedule)).toEqual([
      'connect',
      'mute',
      'unmute',
      'pause',
      'resume',
    ])
  })
})
