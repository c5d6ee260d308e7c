import type { Authenticated } from '@linkspan/core'
import { Recorder } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { authorizeMessages, can, type MessagePolicy } from '../src/index.js'
import { known } from './known.js'

describe('authorizeMessages', () => {
  it('costs no promise where the policy answers at once', async () => {
    const { app, enter } = await known()
    const middleware = authorizeMessages(can('write'), { onDenied: () => {} })
    const answers: unknown[] = []
    app.message((conn, message) => {
      answers.push(middleware(conn, message, () => {}))
      conn.send('done')
    })
    for (const scopes of [['write'], []]) {
      const { peer } = await enter({ subject: 'ada', scopes })
      peer.send('hello')
      await peer.next()
    }
    expect(answers).toEqual([undefined, undefined])
  })

  it('lets through nothing but what the policy answers true to', async () => {
    const { app, enter } = await known()
    const sloppy = (() => 1) as unknown as MessagePolicy<Authenticated>
    const heard: string[] = []
    app.message(authorizeMessages(sloppy)).message((_, message) => {
      heard.push(message.text())
    })
    const { peer } = await enter()
    peer.send('hello')
    expect((await peer.closed).code).toBe(4003)
    expect(heard).toEqual([])
  })

  it('asks of every message: a renewed identity counts from the next one on', async () => {
    const { app, enter } = await known()
    app.message(authorizeMessages(can('write'))).message((conn, message) => {
      conn.send(message)
    })
    const { conn, peer } = await enter({ subject: 'ada', scopes: ['write'] })
    peer.send('one')
    expect(await peer.next()).toBe('one')
    conn.renew({ subject: 'ada' })
    peer.send('two')
    expect((await peer.closed).code).toBe(4003)
  })

  it('ends with 1011 where the policy throws', async () => {
    const { app, enter } = await known()
    const record = new Recorder(app as never)
    app.message(
      authorizeMessages(() => {
        throw new Error('the directory is gone')
      }),
    )
    const { peer } = await enter()
    peer.send('hello')
    expect((await peer.closed).code).toBe(1011)
    expect(record.of('error').map(({ error }) => error.code)).toEqual(['LINKSPAN_HANDLER'])
  })
})
