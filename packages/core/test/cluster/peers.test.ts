import { describe, expect, it } from 'vitest'
import type { Greeting } from '../../src/cluster/control.js'
import type { Settled } from '../../src/cluster/outgoing.js'
import { Peers, type PeersOwner } from '../../src/cluster/peers.js'
import { FakeClock } from '../fake-clock.js'

const BEAT = 1_000
const LEASE = 3_000

/** A node that writes down what it says and what it is told. */
class Stage implements PeersOwner {
  readonly clock: FakeClock = new FakeClock()
  readonly peers: Peers = new Peers(this, BEAT, LEASE)
  listens = true
  /** What becomes of the latest beat. */
  settle: Settled = () => {}
  readonly did: string[] = []

  sayBeat(to?: string, greeting?: Greeting, settled?: Settled): void {
    if (settled !== undefined) this.settle = settled
    this.did.push(`${greeting ?? 'beat'} to ${to ?? 'all'}`)
  }

  beaten(): void {
    this.did.push('beaten')
  }

  joined(node: string, epoch: number): void {
    this.did.push(`joined ${node} ${epoch}`)
  }

  lost(node: string, epoch: number): void {
    this.did.push(`lost ${node} ${epoch}`)
  }

  forgotten(node: string, epoch: number): void {
    this.did.push(`forgotten ${node} ${epoch}`)
  }

  returned(node = 'any'): void {
    this.did.push(`returned ${node}`)
  }
}

describe('a node among others', () => {
  it('says with each beat that it lives, while it listens', async () => {
    const stage = new Stage()
    stage.peers.start()
    await stage.clock.advance(BEAT)
    expect(stage.did.splice(0)).toEqual(['beat to all', 'beaten'])
    stage.listens = false
    stage.peers.heard('one', 1)
    await stage.clock.advance(10 * LEASE)
    expect(stage.did.splice(0)).toEqual(['joined one 1'])
    stage.listens = true
    stage.peers.renew()
    await stage.clock.advance(BEAT)
    expect(stage.did).toEqual(['beat to all', 'beaten'])
    stage.peers.end()
    expect(stage.clock.pending).toBe(0)
  })

  it('is told who comes, is given up and comes back, and who leaves', async () => {
    const stage = new Stage()
    const { peers, did } = stage
    peers.start()
    peers.heard('one', 1)
    peers.heard('two', 1)
    for (let beats = 0; beats <= LEASE / BEAT; beats += 1) {
      await stage.clock.advance(BEAT)
      stage.settle()
    }
    peers.heard('one', 1)
    peers.left('one', 1)
    peers.left('one', 1)
    peers.heard('one', 2)
    peers.heard('one', 3)
    expect(did.filter((one) => !one.startsWith('beat'))).toEqual([
      'joined one 1',
      'joined two 1',
      'lost one 1',
      'lost two 1',
      'joined one 1',
      'returned one',
      'lost one 1',
      'joined one 2',
      'forgotten one 2',
      'lost one 2',
      'joined one 3',
    ])
    expect([peers.nodes, peers.size, peers.lives('one', 3)]).toEqual([['one'], 1, true])
  })

  it('gives nobody up while the engine takes no beat, and for a lease after that', async () => {
    const stage = new Stage()
    const { peers, clock } = stage
    const beats = async (count: number, error?: Error): Promise<readonly string[]> => {
      for (let beat = 0; beat < count; beat += 1) {
        await clock.advance(BEAT)
        stage.settle(error)
      }
      return peers.nodes
    }
    peers.start()
    peers.heard('one', 1)
    expect(await beats(1)).toEqual(['one'])
    await clock.advance(10 * LEASE)
    expect(await beats(3, new Error('refused'))).toEqual(['one'])
    expect(await beats(1 + LEASE / BEAT)).toEqual(['one'])
    expect(await beats(1)).toEqual([])
  })

  it('is told once that others were silent for longer than a lease, where they were not given up for it', async () => {
    const stage = new Stage()
    const { peers, did, clock } = stage
    for (const node of ['one', 'two', 'three']) peers.heard(node, 1)
    peers.start()
    // None is answered.
    await clock.advance(LEASE)
    peers.heard('three', 1)
    await clock.advance(1)
    did.length = 0
    peers.heard('one', 1)
    peers.heard('two', 1)
    expect(did.splice(0)).toEqual(['returned any'])
    await clock.advance(2 * LEASE)
    peers.excuse()
    for (const node of ['one', 'two', 'three']) peers.heard(node, 1)
    expect(did.filter((one) => one.startsWith('returned'))).toEqual([])
  })

  it('greets a few each for itself, and many together, until it was quiet for a moment', async () => {
    const stage = new Stage()
    const { peers, did, clock } = stage
    const come = (count: number): void => {
      for (let node = 1; node <= count; node += 1) peers.greet(`${node}`)
    }
    come(8)
    expect(did.splice(0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((node) => `answer to ${node}`))
    come(3)
    await clock.advance(49)
    expect(did).toEqual([])
    await clock.advance(1)
    expect(did.splice(0)).toEqual(['answer to all'])
    come(1)
    expect(did).toEqual([])
    await clock.advance(50)
    expect(did.splice(0)).toEqual(['answer to all'])
    await clock.advance(50)
    expect(clock.pending).toBe(0)
    come(1)
    expect(did).toEqual(['answer to 1'])
    await clock.advance(50)
    expect([did.length, clock.pending]).toEqual([1, 0])
  })

  it('greets nobody before it listens itself, nor once it has left', () => {
    const stage = new Stage()
    stage.listens = false
    stage.peers.greet('one')
    stage.listens = true
    stage.peers.end()
    stage.peers.greet('one')
    expect(stage.did).toEqual([])
    expect(stage.clock.pending).toBe(0)
  })
})
