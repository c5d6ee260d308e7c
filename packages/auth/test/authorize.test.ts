import { type Authenticated, linkspan } from '@linkspan/core'
import { memoryHost, Recorder } from '@linkspan/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { authorize, type Policy, rechecked } from '../src/index.js'
import { known, SILENT } from './known.js'

async function answerBehind(policy: Policy<Authenticated>, onDecision?: () => void) {
  const app = linkspan({ origin: '*', logger: SILENT })
    .use((conn, next) => {
      conn.authenticate({ subject: 'ada' })
      return next<Authenticated>()
    })
    .use(authorize(policy, onDecision && { onDecision }))
  const record = new Recorder(app as never)
  const host = await memoryHost(app as never)
  onTestFinished(() => host.close())
  return { answer: await host.connect().answer, record }
}

describe('authorize', () => {
  it('lets nobody in whose policy answers anything but true', async () => {
    const sloppy = (() => 'yes') as unknown as Policy<Authenticated>
    expect((await answerBehind(sloppy)).answer).toMatchObject({ status: 403 })
  })

  it('refuses with 500 where a policy throws, now or later, and says so', async () => {
    const throws = (): never => {
      throw new Error('the directory is gone')
    }
    for (const policy of [throws, async () => throws()]) {
      const { answer, record } = await answerBehind(policy)
      expect(answer).toMatchObject({ status: 500 })
      expect(record.of('error').map(({ error }) => error.code)).toEqual(['LINKSPAN_MIDDLEWARE'])
    }
  })

  it('refuses where the trail cannot be written', async () => {
    const { answer } = await answerBehind(
      () => true,
      () => {
        throw new Error('the disk is full')
      },
    )
    expect(answer).toMatchObject({ status: 500 })
  })

  it('decides again by a promise too', async () => {
    const { app, enter } = await known()
    app.use(authorize(async (conn) => conn.identity.roles?.includes('admin') === true))
    const { conn, peer } = await enter({ subject: 'ada', roles: ['admin'] })
    conn.renew({ subject: 'ada', roles: ['admin', 'more'] })
    expect(await rechecked(conn)).toBe(true)
    conn.renew({ subject: 'ada' })
    expect(await rechecked(conn)).toBe(false)
    expect(await peer.closed).toEqual({ code: 4003, reason: 'no longer allowed' })
  })

  it('does not wait longer than 3 s for a policy after a renewal: 1013', async () => {
    const { app, clock, enter } = await known()
    const answers: Promise<boolean>[] = [Promise.resolve(true)]
    app.use(authorize(() => answers.shift() ?? new Promise(() => {}), { clock }))
    const { conn, peer } = await enter()
    conn.renew({ subject: 'ada' })
    const said = rechecked(conn)
    await clock.advance(2_999)
    expect(conn.state).toBe('active')
    await clock.advance(1)
    expect(await said).toBe(false)
    expect(await peer.closed).toEqual({ code: 1013, reason: 'the policy took too long' })
  })

  it('lets go of a policy when its connection ends', async () => {
    const { app, clock, enter } = await known()
    const answers: Promise<boolean>[] = [Promise.resolve(true)]
    app.use(authorize(() => answers.shift() ?? new Promise(() => {}), { clock }))
    const { conn, peer } = await enter()
    conn.renew({ subject: 'ada' })
    expect(clock.pending).toBe(1)
    peer.close(1000)
    expect(await rechecked(conn)).toBe(false)
    expect((await conn.closed).code).toBe(1000)
    expect(clock.pending).toBe(0)
  })

  it('refuses a timeout that makes no sense', () => {
    expect(() => authorize(() => true, { timeout: 0 })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  })
})
