import assert from 'node:assert/strict'
import type { CloseInfo, Linkspan } from '@linkspan/core'
import type { Behaviour, Stage } from '../../behaviour.js'
import { meet, type Pair } from '../pair.js'
import { Gate, refusalOf } from '../support.js'

const ENDS: Readonly<Record<string, (stage: Stage) => Promise<CloseInfo[]>>> = {
  'closed by us': (stage) => endsOf(stage, ({ conn }) => conn.close(4000)),
  'terminated by us': (stage) => endsOf(stage, ({ conn }) => conn.terminate()),
  'closed by its peer': (stage) => endsOf(stage, ({ peer }) => peer.close(1000)),
  'cut by the network': (stage) => endsOf(stage, ({ peer }) => peer.cut()),
  'ended in every way at once': (stage) =>
    endsOf(stage, ({ conn, peer }) => {
      peer.close(1000)
      conn.close(4000)
      peer.cut()
      conn.terminate()
    }),
  'closed for a violation': (stage) => endsOf(stage, ({ peer }) => peer.sendText(Uint8Array.of(0xff))),
  refused: async (stage) => {
    const app = stage.app().use(async (conn) => conn.reject({ status: 401 }))
    refusalOf(await (await stage.serve(app)).answer())
    return infosOf(stage, app)
  },
  'refused visibly': async (stage) => {
    const app = stage.app({ refuse: 'visibly' }).use(async (conn) => conn.reject({ status: 401 }))
    const peer = await (await stage.serve(app)).connect()
    assert.equal((await peer.closed).code, 4010)
    return infosOf(stage, app)
  },
  'aborted in its handshake': async (stage) => {
    const gate = new Gate()
    const app = stage.app().use(async (_conn, next) => {
      await gate.opened
      return next()
    })
    const attempt = (await stage.serve(app)).attempt()
    attempt.answer.catch(() => {})
    await stage.until(() => app.connections.size === 1, 'the upgrade to arrive')
    attempt.cut()
    await stage.until(() => app.stats().gauges.connections.closing === 1, 'the abort to arrive')
    gate.open()
    return infosOf(stage, app)
  },
}

async function endsOf(stage: Stage, end: (pair: Pair) => void): Promise<CloseInfo[]> {
  const app = stage.app()
  end(await meet(stage, app))
  return infosOf(stage, app)
}

/** What `close` told, once nothing is left that could tell more. */
async function infosOf(stage: Stage, app: Linkspan<unknown>): Promise<CloseInfo[]> {
  const record = stage.record(app)
  record.expectErrors('LINKSPAN_VIOLATION')
  await record.next('close')
  await stage.until(() => app.connections.size === 0, 'nothing to be left')
  await stage.clock.advance(60_000)
  return record.of('close').map(({ info }) => info)
}

/** That there is exactly one `close`, however a connection ends. */
export const everyEnd: readonly Behaviour[] = Object.entries(ENDS).map(([how, end]) => ({
  name: `a connection that was ${how} has exactly one close event`,
  run: async (stage) => {
    assert.equal((await end(stage)).length, 1)
  },
}))
