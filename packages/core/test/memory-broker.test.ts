import { describe, expect, it } from 'vitest'
import { memoryBroker } from '../src/memory-broker.js'
import type { BrokerLink, BrokerSink } from '../src/ports/broker.js'
import { turn } from './fake-clock.js'

const LOBBY = 'linkspan.topic.~.lobby'

/** Writes down what it is told. */
class Sink implements BrokerSink {
  readonly told: string[] = []
  readonly heard: Uint8Array[] = []

  message(channel: string, payload: Uint8Array): void {
    this.told.push(channel)
    this.heard.push(payload)
  }

  up(recovered: boolean): void {
    this.told.push(`up ${recovered}`)
  }

  down(error: Error): void {
    this.told.push(error.message)
  }

  gap(): void {
    this.told.push('gap')
  }
}

const CUT = 'the memory broker was cut off: nothing passes until it is mended.'

async function pair(hub = memoryBroker()) {
  const sinks = [new Sink(), new Sink()] as const
  const links: readonly [BrokerLink, BrokerLink] = [hub.open(sinks[0]), hub.open(sinks[1])]
  await turn()
  return { hub, links, sinks }
}

describe('memoryBroker', () => {
  it('tells up after open has returned', async () => {
    const sink = new Sink()
    memoryBroker().open(sink)
    expect(sink.told).toEqual([])
    await turn()
    expect(sink.told).toEqual(['up false'])
  })

  it('carries a payload to all others that have the channel, as a copy, and later', async () => {
    const { links, sinks, hub } = await pair()
    const third = new Sink()
    await hub.open(third).subscribe(LOBBY)
    for (const link of links) await link.subscribe(LOBBY)
    const payload = Buffer.from('hello')
    const published = links[0].publish(LOBBY, payload)
    payload.fill(0)
    expect(sinks[1].heard).toEqual([])
    await published
    await turn()
    for (const sink of [sinks[1], third])
      expect(sink.heard.map((heard) => Buffer.from(heard).toString())).toEqual(['hello'])
    expect(sinks[1].heard[0]).not.toBe(third.heard[0])
    expect(sinks[0].heard).toEqual([])
  })

  it('carries nothing that was not asked for, or no longer is', async () => {
    const { links, sinks } = await pair()
    await links[1].subscribe(LOBBY)
    await links[0].publish(`${LOBBY}.a`, Buffer.from('no'))
    await links[1].unsubscribe(LOBBY)
    await links[0].publish(LOBBY, Buffer.from('no'))
    await turn()
    expect(sinks[1].told).toEqual(['up false'])
  })

  it('refuses more than it takes', async () => {
    const { links } = await pair()
    await expect(links[0].publish(LOBBY, new Uint8Array(links[0].maxPayload + 1))).rejects.toMatchObject({
      code: 'LINKSPAN_BROKER',
      message: expect.stringContaining('1048577 bytes'),
    })
  })

  it('cuts all nodes off, those that come too, until it is mended', async () => {
    const { hub, links, sinks } = await pair()
    await links[1].subscribe(LOBBY)
    const published = links[0].publish(LOBBY, Buffer.from('on its way'))
    hub.cut()
    hub.cut()
    await published
    const late = new Sink()
    hub.open(late)
    for (const call of [
      () => links[0].publish(LOBBY, Buffer.from('lost')),
      () => links[0].subscribe(LOBBY),
      () => links[0].unsubscribe(LOBBY),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'LINKSPAN_BROKER', message: CUT })
    }
    hub.mend()
    hub.mend()
    await links[0].publish(LOBBY, Buffer.from('to nobody: subscriptions went with the cut'))
    await turn()
    expect(sinks[0].told).toEqual(['up false', CUT, 'up false'])
    expect(sinks[1].told).toEqual(['up false', CUT, 'up false'])
    expect(late.told).toEqual([CUT, 'up false'])
  })

  it('cuts single nodes off', async () => {
    const { hub, links, sinks } = await pair()
    hub.cut(links[1])
    await links[0].publish(LOBBY, Buffer.from('hello'))
    hub.mend(links[0])
    expect(sinks[1].told).toEqual(['up false', CUT])
    hub.mend(links[1])
    await links[1].subscribe(LOBBY)
    await links[0].publish(LOBBY, Buffer.from('hello'))
    await turn()
    expect(sinks[0].told).toEqual(['up false'])
    expect(sinks[1].told).toEqual(['up false', CUT, 'up false', LOBBY])
  })

  it('says how it stands when open returns, of what came between', async () => {
    const hub = memoryBroker()
    const sink = new Sink()
    hub.open(sink)
    hub.cut()
    hub.mend()
    hub.cut()
    await turn()
    expect(sink.told).toEqual([CUT])
  })

  it('tells a node that has left nothing, and takes nothing from it', async () => {
    const { hub, links, sinks } = await pair()
    expect([...hub.nodes]).toEqual(links)
    const early = new Sink()
    await hub.open(early).close()
    await links[1].subscribe(LOBBY)
    const published = links[0].publish(LOBBY, Buffer.from('on its way'))
    await links[1].close()
    await links[1].close()
    await published
    hub.cut()
    hub.mend()
    await turn()
    expect([...hub.nodes]).toEqual([links[0]])
    expect(early.told).toEqual([])
    expect(sinks[1].told).toEqual(['up false'])
    await expect(links[1].publish(LOBBY, Buffer.from('a ghost'))).rejects.toMatchObject({
      code: 'LINKSPAN_BROKER',
      message: expect.stringContaining('has left'),
    })
  })
})
