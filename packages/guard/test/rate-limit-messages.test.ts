import { linkspan } from '@linkspan/core'
import { memoryHost, VirtualClock } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { type MessageGate, messageLimit, type OverLimit } from '../src/rate-limit-messages.js'

/** Meters whose answers a test writes; they record what was asked of them. */
function scripted(what: MessageGate<unknown>['what'], local: number[], shared: number[] = []) {
  const calls: string[] = []
  const gate: MessageGate<unknown> = {
    what,
    meter: {
      size: 0,
      take: (_, cost) => {
        calls.push(`take ${cost}`)
        return local.shift() ?? 0
      },
      borrow: (_, cost) => {
        calls.push(`borrow ${cost}`)
        return local.shift() ?? 0
      },
      giveBack: (_, cost) => {
        calls.push(`give back ${cost}`)
      },
      confirm: (_, cost) => {
        calls.push(`confirm ${cost}`)
        const wait = shared.shift()
        return wait === undefined ? 0 : Promise.resolve(wait)
      },
    },
  }
  return { gate, calls }
}

/** An application with these gates before its handler. */
async function behind(gates: readonly MessageGate<unknown>[], over: OverLimit) {
  const clock = new VirtualClock()
  const log: string[] = []
  const answers: unknown[] = []
  const limit = messageLimit(gates, {
    clock,
    over,
    tell: (_, what, action, bytes, wait) => log.push(`${action} ${what} ${bytes} ${wait}`),
  })
  const app = linkspan({ origin: '*', clock, heartbeat: false })
    .message((_, __, next) => {
      const answer = next()
      answers.push(answer)
      return answer
    })
    .message(limit)
    .message((conn, message) => {
      log.push(`handled ${message.text()}`)
      conn.send(message)
    })
  const host = await memoryHost(app)
  const answer = await host.connect().answer
  if (!answer.upgraded) throw new Error('the client was refused')
  return { host, app, clock, log, answers, peer: answer.peer }
}

describe('the limit of messages', () => {
  it('makes no promise under the limit', async () => {
    const { gate, calls } = scripted('messages', [])
    const { host, peer, answers } = await behind([gate], 'close')
    peer.send('a')
    await peer.next()
    expect(answers).toEqual([undefined])
    expect(calls).toEqual(['take 1', 'confirm 1'])
    await host.close()
  })

  it('goes through all gates: one counts messages, one their bytes', async () => {
    const [messages, bytes] = [scripted('messages', []), scripted('bytes', [])]
    const { host, peer } = await behind([messages.gate, bytes.gate], 'close')
    peer.send('12345')
    await peer.next()
    expect([messages.calls, bytes.calls]).toEqual([
      ['take 1', 'confirm 1'],
      ['take 5', 'confirm 5'],
    ])
    await host.close()
  })

  it('asks nothing behind a gate that stays shut', async () => {
    const [messages, bytes] = [scripted('messages', [7]), scripted('bytes', [])]
    const { host, peer, log } = await behind([messages.gate, bytes.gate], 'drop')
    peer.send('a')
    peer.send('b')
    await peer.next()
    expect(log).toEqual(['drop messages 1 7', 'handled b'])
    expect(messages.calls).toEqual(['take 1', 'take 1', 'confirm 1'])
    expect(bytes.calls).toEqual(['take 1', 'confirm 1'])
    await host.close()
  })

  it('closes with 4101, and says of what there was too much', async () => {
    const { host, peer, log } = await behind([scripted('bytes', [7]).gate], 'close')
    peer.send('abc')
    expect(await peer.closed).toEqual({ code: 4101, reason: 'too many bytes' })
    expect(log).toEqual(['close bytes 3 7'])
    await host.close()
  })

  it('does what the store says, in order', async () => {
    const { gate } = scripted('messages', [], [0, 9, 0])
    const { host, peer, log } = await behind([gate], 'drop')
    peer.sendBurst(['a', 'b', 'c'])
    expect([await peer.next(), await peer.next()]).toEqual(['a', 'c'])
    expect(log).toEqual(['handled a', 'drop messages 1 9', 'handled c'])
    await host.close()
  })

  it('waits as long as the node says, then as long as the store says, then asks the store again', async () => {
    const { gate, calls } = scripted('messages', [100], [50, 0])
    const { host, peer, clock, log } = await behind([gate], 'delay')
    peer.send('a')
    await clock.advance(149)
    expect(log).toEqual(['delay messages 1 100', 'delay messages 1 50'])
    await clock.advance(1)
    expect(await peer.next()).toBe('a')
    expect(calls).toEqual(['borrow 1', 'confirm 1', 'confirm 1'])
    await host.close()
  })

  it('gives back what a message had borrowed that nobody waits for any more, and leaves no timer', async () => {
    const { gate, calls } = scripted('messages', [60_000])
    const { host, peer, clock, log, app } = await behind([gate], 'delay')
    peer.send('a')
    await clock.advance(0)
    const [conn] = app.connections
    conn?.close()
    await conn?.closed
    expect(calls).toEqual(['borrow 1', 'give back 1'])
    expect(log).toEqual(['delay messages 1 60000', 'drop messages 1 60000'])
    expect(clock.pending).toBe(0)
    await host.close()
  })
})
