import { describe, expect, it } from 'vitest'
import { Comeback, type ComebackOwner } from '../../src/cluster/comeback.js'
import { FakeClock } from '../fake-clock.js'

const PATIENCE = 1_000

/** A node whose subscriptions stand when the test says so; everything that it does is written down. */
class Stage implements ComebackOwner {
  readonly clock: FakeClock = new FakeClock()
  readonly patience = PATIENCE
  readonly limit = 10
  readonly comeback: Comeback = new Comeback(this)
  readonly did: string[] = []
  /** What happens when it is told that something may be missing. */
  onLost: () => void = () => {}
  #listened: () => void = () => {}

  listened(): Promise<void> {
    return new Promise((resolve) => {
      this.#listened = resolve
    })
  }

  lost(): void {
    this.did.push('lost')
    this.onLost()
  }

  back(): void {
    this.did.push('back')
  }

  arrived(channel: string, payload: Uint8Array): void {
    this.did.push(`${channel}: ${payload.byteLength}`)
  }

  complete(): void {
    this.did.push('complete')
  }

  async settle(): Promise<void> {
    this.#listened()
    await this.clock.advance(0)
  }

  keeps(channel: string, size = 1): boolean {
    return this.comeback.keeps(channel, new Uint8Array(size))
  }
}

describe('a node that comes back', () => {
  it('listens, tells what is missing, says that it is there, and is back when the others are', async () => {
    const stage = new Stage()
    const { comeback, did } = stage
    comeback.begin(true, ['one', 'two'])
    expect(comeback.isListening).toBe(true)
    expect([stage.keeps('a'), stage.keeps('b', 2)]).toEqual([true, true])
    await stage.clock.advance(PATIENCE - 1)
    expect(did).toEqual([])
    await stage.settle()
    expect(did).toEqual(['lost', 'back', 'a: 1', 'b: 2'])
    expect([comeback.isListening, stage.keeps('c')]).toEqual([false, false])
    for (const node of ['one', 'one', 'three']) comeback.heard(node)
    expect(did).toHaveLength(4)
    comeback.heard('two')
    expect(did.slice(4)).toEqual(['complete'])
    comeback.heard('two')
    await stage.clock.advance(PATIENCE)
    expect(did).toHaveLength(5)
    expect(stage.clock.pending).toBe(0)
  })

  it('with everybody heard before it listened itself is back at once', async () => {
    const stage = new Stage()
    stage.comeback.begin(true, ['one'])
    stage.comeback.heard('one')
    expect(stage.did).toEqual([])
    await stage.settle()
    expect(stage.did).toEqual(['lost', 'back', 'complete'])
  })

  it('without having missed anything tells nothing and keeps nothing', async () => {
    const stage = new Stage()
    stage.comeback.begin(false, [])
    expect(stage.keeps('a')).toBe(false)
    await stage.settle()
    expect(stage.did).toEqual(['back', 'complete'])
    expect(stage.clock.pending).toBe(0)
  })

  it('while it comes back already goes on with that', async () => {
    const stage = new Stage()
    stage.comeback.begin(true, ['one'])
    await stage.clock.advance(PATIENCE - 1)
    stage.comeback.begin(false, ['two'])
    await stage.settle()
    stage.comeback.begin(false, ['two'])
    stage.comeback.heard('one')
    expect(stage.did).toEqual(['lost', 'back', 'complete'])
    expect(stage.clock.pending).toBe(0)
  })

  it('waits for its own subscriptions, and for others, no longer than its patience in all', async () => {
    const stage = new Stage()
    stage.comeback.begin(true, ['one'])
    stage.keeps('a')
    await stage.clock.advance(PATIENCE - 1)
    expect(stage.did).toEqual([])
    await stage.clock.advance(1)
    expect(stage.did).toEqual(['lost', 'back', 'a: 1', 'complete'])
    await stage.settle()
    expect(stage.did).toHaveLength(4)
    stage.comeback.begin(true, ['one'])
    await stage.settle()
    await stage.clock.advance(PATIENCE)
    expect(stage.did.slice(4)).toEqual(['lost', 'back', 'complete'])
  })

  it('keeps no more than the limit', async () => {
    const stage = new Stage()
    stage.comeback.begin(true, ['one'])
    expect([stage.keeps('a', 10), stage.did]).toEqual([true, []])
    expect(stage.keeps('b', 1)).toBe(true)
    expect(stage.did).toEqual(['lost', 'back', 'a: 10', 'b: 1'])
    expect(stage.keeps('c')).toBe(false)
    await stage.settle()
    stage.comeback.interrupt()
    stage.comeback.begin(true, [])
    expect(stage.keeps('d', 10)).toBe(true)
    expect(stage.did).toHaveLength(4)
  })

  it('and loses the engine again while it listens tells what it has, and waits for nothing', async () => {
    const stage = new Stage()
    stage.comeback.begin(true, ['one'])
    stage.keeps('a')
    stage.comeback.interrupt()
    expect(stage.did).toEqual(['lost', 'a: 1'])
    await stage.settle()
    await stage.clock.advance(PATIENCE)
    expect(stage.did).toHaveLength(2)
    expect(stage.clock.pending).toBe(0)
    stage.comeback.begin(true, [])
    await stage.settle()
    expect(stage.did.slice(2)).toEqual(['lost', 'back', 'complete'])
  })

  it('and loses the engine again while it waits for others has nothing more to tell', async () => {
    const stage = new Stage()
    stage.comeback.begin(true, ['one'])
    await stage.settle()
    stage.comeback.interrupt()
    stage.comeback.interrupt()
    await stage.clock.advance(PATIENCE)
    expect(stage.did).toEqual(['lost', 'back'])
  })

  it('and loses the engine again because of what it tells does not say that it is there', async () => {
    const stage = new Stage()
    stage.onLost = () => stage.comeback.interrupt()
    stage.comeback.begin(true, [])
    stage.keeps('a')
    await stage.settle()
    expect(stage.did).toEqual(['lost', 'a: 1'])
    expect(stage.clock.pending).toBe(0)
  })
})
