import { strict as assert } from 'node:assert'
import type { HandshakeRequest, LinkspanOptions } from '@linkspan/core'
import type { Behaviour, Served, Stage } from '../../behaviour.js'
import { endOf, refusalOf } from '../support.js'

/** Who may come in by the page it was called from (RFC 6455 §10.2), before any middleware runs. */
export const origins: readonly Behaviour[] = [
  {
    name: "origin 'same', the default, lets in pages of the host itself",
    async run(stage) {
      const { served } = await open(stage, 'same')
      await letsIn(served, 'http://chat.example', 'chat.example')
      await letsIn(served, 'https://chat.example', 'chat.example')
      await letsIn(served, 'http://chat.example:8080', 'chat.example:8080')
      await letsIn(served, 'https://chat.example', 'chat.example:443')
      await letsIn(served, 'http://[::1]:3000', '[::1]:3000')
    },
  },
  {
    name: "origin 'same' refuses foreign pages, look-alikes, other ports, other schemes and null",
    async run(stage) {
      const { served } = await open(stage, 'same')
      for (const origin of [
        'https://evil.test',
        'https://chat.example.evil.test',
        'https://evil-chat.example',
        'https://a.chat.example',
        'https://example',
        'https://chat.example:8443',
        'ftp://chat.example',
        'chat.example',
        '//chat.example',
        'https://chat.example@evil.test',
        'https://evil.test/chat.example',
        'null',
      ]) {
        await refuses(served, origin, 'chat.example')
      }
    },
  },
  {
    name: 'a list of origins lets in exactly these',
    async run(stage) {
      const { served } = await open(stage, ['https://app.example', 'http://localhost:5173'])
      await letsIn(served, 'https://app.example')
      await letsIn(served, 'http://localhost:5173')
      await refuses(served, 'http://localhost')
      await refuses(served, 'http://localhost:5174')
    },
  },
  {
    name: 'a list of origins refuses look-alikes, other schemes, other ports, null and the host itself',
    async run(stage) {
      const { served } = await open(stage, ['https://app.example'])
      for (const origin of [
        'https://app.example.evil.test',
        'https://evil-app.example',
        'https://evilapp.example',
        'https://app.example:8443',
        'http://app.example',
        'wss://app.example',
        'app.example',
        'https://app.exampl',
        'https://app-example',
        'https://evil.test, https://app.example',
        'https://chat.example',
        'null',
      ]) {
        await refuses(served, origin, 'chat.example')
      }
    },
  },
  {
    name: 'a missing Origin is no browser: it passes the host check and a list',
    async run(stage) {
      for (const policy of ['same', ['https://app.example'], '*'] as const) {
        const { served } = await open(stage, policy)
        await letsIn(served, undefined)
      }
    },
  },
  {
    name: "origin '*' lets in every page",
    async run(stage) {
      const { served } = await open(stage, '*')
      for (const origin of ['https://evil.test', 'null', 'chrome-extension://abcdefgh', undefined]) {
        await letsIn(served, origin)
      }
    },
  },
  {
    name: 'a function is given the origin and the request, and decides',
    async run(stage) {
      const asked: [string | undefined, string][] = []
      const { served } = await open(stage, (origin: string | undefined, request: HandshakeRequest) => {
        asked.push([origin, request.url])
        return origin !== undefined && request.query.has('ticket')
      })
      const answer = await served.answer({ path: '/?ticket=1', headers: { origin: 'https://app.example' } })
      assert.ok(answer.upgraded)
      assert.equal(refusalOf(await served.answer({ headers: { origin: 'https://app.example' } })).status, 403)
      assert.equal(refusalOf(await served.answer({ path: '/?ticket=1' })).status, 403)
      assert.deepEqual(asked, [
        ['https://app.example', '/?ticket=1'],
        ['https://app.example', '/'],
        [undefined, '/?ticket=1'],
      ])
    },
  },
  {
    name: 'an origin function that throws refuses with 500 without detail, and is reported',
    async run(stage) {
      const thrown = new Error('the list of origins is gone')
      const { served, record, entered } = await open(stage, () => {
        throw thrown
      })
      const { status, body } = refusalOf(await served.answer({ headers: { origin: 'https://app.example' } }))
      assert.equal(status, 500)
      assert.equal(body, '{"type":"about:blank","title":"Internal Server Error","status":500,"code":1011}')
      assert.equal((await record.next('error')).error.cause, thrown)
      const { info } = await record.next('close')
      assert.deepEqual(endOf(info), {
        code: 1011,
        reason: '',
        by: 'server',
        clean: false,
        wireCode: undefined,
      })
      assert.equal(entered(), 0)
    },
  },
  {
    name: 'an origin function that answers a promise lets nobody in, and is reported',
    async run(stage) {
      const { served, record, entered } = await open(stage, (async () => true) as never)
      assert.equal(refusalOf(await served.answer()).status, 500)
      await record.next('error')
      assert.equal((await record.next('close')).info.code, 1011)
      assert.equal(entered(), 0)
    },
  },
  {
    name: 'a foreign origin is refused before any middleware runs, and told like every refusal',
    async run(stage) {
      const { served, record, entered } = await open(stage, ['https://app.example'])
      const { status, headers, body } = refusalOf(
        await served.answer({ headers: { origin: 'https://evil.test' } }),
      )
      assert.equal(status, 403)
      assert.equal(headers['content-type'], 'application/problem+json')
      const { title, code } = JSON.parse(body) as { title: string; code: number }
      assert.deepEqual({ title, code }, { title: 'Forbidden', code: 4003 })
      const { info } = await record.next('close')
      assert.equal(info.code, 4003)
      assert.equal(info.by, 'server')
      assert.equal(record.of('reject')[0]?.status, 403)
      assert.equal(entered(), 0)
    },
  },
]

async function open(
  stage: Stage,
  origin: Exclude<LinkspanOptions['origin'], undefined>,
): Promise<{ served: Served; record: ReturnType<Stage['record']>; entered: () => number }> {
  const app = stage.app({ origin })
  let entered = 0
  app.use((_conn, next) => {
    entered += 1
    return next()
  })
  return { served: await stage.serve(app), record: stage.record(app), entered: () => entered }
}

async function letsIn(served: Served, origin: string | undefined, host?: string): Promise<void> {
  const answer = await served.answer(asking(origin, host))
  assert.ok(answer.upgraded, `${origin} is let in by ${host}`)
}

async function refuses(served: Served, origin: string, host?: string): Promise<void> {
  const answer = await served.answer(asking(origin, host))
  assert.equal(answer.upgraded ? 101 : answer.status, 403, `${origin} is refused by ${host}`)
}

function asking(
  origin: string | undefined,
  host: string | undefined,
): { headers: Record<string, string | undefined> } {
  return { headers: host === undefined ? { origin } : { host, origin } }
}
