import type { Linkspan } from '@linkspan/core'
import { shrink, simulate, type World } from '@linkspan/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { busyApp } from '../../../simulation/app.js'
import { Observers } from '../../core/src/events.js'
import { HeartbeatWheel } from '../../core/src/heartbeat.js'
import { Inbox } from '../../core/src/inbox.js'
import { Link } from '../../core/src/link.js'
import { Membership } from '../../core/src/membership.js'
import { Message } from '../../core/src/message.js'
import { Queue } from '../../core/src/queue.js'
import { Registry } from '../../core/src/registry.js'
import { Releases } from '../../core/src/release.js'
import { Timers } from '../../core/src/timers.js'

/** Seeds that are tried before a planted bug counts as missed. */
const SEEDS = 60

async function firstViolation(app: (world: World) => Linkspan<unknown>): Promise<string | undefined> {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violations } = await simulate({ app, seed })
    if (violations[0] !== undefined) return violations[0]
  }
  return undefined
}

type Method = (...args: unknown[]) => unknown

/** Replaces a method by one that is told the real one. */
function plant<Target extends object>(
  target: Target,
  method: keyof Target & string,
  bug: (this: Target, real: Method, ...args: unknown[]) => unknown,
): void {
  const real = target[method] as Method
  const buggy = function (this: Target, ...args: unknown[]): unknown {
    return bug.call(this, real.bind(this), ...args)
  }
  vi.spyOn(target, method as never).mockImplementation(buggy as never)
}

const BUGS: readonly { readonly name: string; readonly shows: RegExp; plant(): void }[] = [
  {
    name: 'a timer that is never cancelled',
    shows: /timers still run/,
    plant: () => plant(Timers.prototype, 'cancel', () => undefined),
  },
  {
    name: 'a close event emitted twice',
    shows: /emitted close 2 times/,
    plant: () =>
      plant(Observers.prototype, 'emit', (real, ...args) => {
        real(...args)
        if (args[0] === 'close') real(...args)
      }),
  },
  {
    name: 'a backlog that is handled after our own close',
    shows: /after its own side had closed it/,
    plant: () => plant(Inbox.prototype, 'stop', () => undefined),
  },
  {
    name: 'a queue that gives the newest first',
    shows: /out of order/,
    plant: () =>
      plant(Queue.prototype as Queue<unknown>, 'shift', function (real) {
        const items: unknown[] = []
        for (let item = real(); item !== undefined; item = real()) items.push(item)
        const newest = items.pop()
        for (const item of items) this.push(item)
        return newest
      }),
  },
  {
    name: 'a handler that is not waited for',
    shows: /two handlers at a time/,
    plant: () =>
      plant(Link.prototype, 'handle', (real, ...args) => {
        const pending = real(...args)
        if (pending instanceof Promise) pending.catch(() => {})
      }),
  },
  {
    name: 'topics that are not left',
    shows: /not everything was given back.*"topics":[1-9]/,
    plant: () => plant(Membership.prototype, 'leaveAll', () => undefined),
  },
  {
    name: 'a registry that forgets to forget',
    shows: /left in the registry/,
    plant: () => plant(Registry.prototype, 'remove', () => undefined),
  },
  {
    name: 'a release that runs twice',
    shows: /released . where/,
    plant: () =>
      plant(Releases.prototype, 'add', (real, ...args) => {
        real(...args)
        real(...args)
      }),
  },
  {
    name: 'releases that are lost',
    shows: /closed while 3 resources were held/,
    plant: () => plant(Releases.prototype, 'add', () => undefined),
  },
  {
    name: 'sends that pass the outbox by',
    shows: /bytes waiting, above its bound/,
    plant: () =>
      plant(Link.prototype, 'deliver', function (_real, data, binary) {
        return this.transport?.send(data as Uint8Array, binary === true) ?? 'closed'
      }),
  },
  {
    name: 'messages that are handled whatever the state',
    shows: /before it was active|after its own side|at a time/,
    plant: () =>
      plant(Link.prototype, 'message', function (_real, data, binary) {
        void this.handle(new Message(data as Uint8Array, binary === true))
      }),
  },
  {
    name: 'a heartbeat that goes on after the end',
    shows: /timers still run/,
    plant: () => plant(HeartbeatWheel.prototype, 'remove', () => undefined),
  },
  {
    name: 'a message that is delivered twice',
    shows: /out of order, twice/,
    plant: () =>
      plant(Link.prototype, 'message', (real, ...args) => {
        real(...args)
        real(...args)
      }),
  },
]

describe('the simulator', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('finds nothing in the core', { timeout: 30_000 }, async () => {
    expect(await firstViolation(busyApp)).toBeUndefined()
  })

  it.each(BUGS)('finds $name', async ({ plant: plantIt, shows }) => {
    plantIt()
    expect(await firstViolation(busyApp)).toMatch(shows)
  })

  it('replays a seed to the byte', async () => {
    const [one, other] = [
      await simulate({ app: busyApp, seed: 7 }),
      await simulate({ app: busyApp, seed: 7 }),
    ]
    expect(one.trace.join('\n')).toBe(other.trace.join('\n'))
    expect(one.trace.length).toBeGreaterThan(150)
  })

  it('makes different runs of different seeds', async () => {
    const [one, other] = [
      await simulate({ app: busyApp, seed: 7 }),
      await simulate({ app: busyApp, seed: 8 }),
    ]
    expect(one.trace).not.toEqual(other.trace)
  })

  it('makes a failing run short', async () => {
    vi.spyOn(Membership.prototype, 'leaveAll').mockImplementation(() => {})
    let seed = 1
    while ((await simulate({ app: busyApp, seed })).violations.length === 0) seed += 1
    const report = await shrink({ app: busyApp, seed })
    expect(report.violations).not.toEqual([])
    expect(report.schedule.length).toBeLessThanOrEqual(10)
  })

  it('checks what the application itself says must hold, after every step and at the end', async () => {
    let handled = 0
    const asked = { always: 0, finally: 0 }
    const { violations } = await simulate({
      seed: 3,
      app: ({ linkspan, invariant, finally: atEnd }) => {
        invariant('fewer than three messages are handled', () => {
          asked.always += 1
          return handled < 3
        })
        atEnd('nothing was handled', () => {
          asked.finally += 1
          return handled === 0
        })
        return linkspan({ origin: '*' }).message(() => {
          handled += 1
        })
      },
    })
    expect(violations[0]).toContain('fewer than three messages are handled')
    expect(violations.at(-1)).toContain('nothing was handled')
    expect(asked.always).toBeGreaterThan(100)
    expect(asked.finally).toBe(1)
  })

  it('wants an application that it can watch', async () => {
    const { linkspan } = await import('@linkspan/core')
    await expect(simulate({ seed: 1, app: () => linkspan() })).rejects.toThrow('world.linkspan')
  })
})
