import { strict as assert } from 'node:assert'
import type { Behaviour } from '@linkspan/testing'
import { everywhere } from '../../../tests/everywhere.js'
import { jwt } from '../../auth/src/index.js'
import { ADA, keyPair } from '../../auth/test/issuer.js'
import { keyServer } from '../../auth/test/key-server.js'
import { circuitBreaker, limitConnections } from '../src/index.js'

const MAX_AGE = 60_000

/** An identity provider that is asked in the handshake, behind a breaker and a limit. */
const down: Behaviour = {
  name: 'an identity provider that goes down opens the breaker: 503 at once without asking it, and who is in stays; when it is back, so is everybody',
  async run(stage) {
    const pair = await keyPair('ES256', 'first')
    const issuer = await keyServer(pair.jwk)
    const breaker = circuitBreaker({ clock: stage.clock, minimum: 2, cooldown: 10_000 })
    const limiter = limitConnections({ perAddress: 10, clock: stage.clock })
    const app = stage
      .app({ heartbeat: false })
      .use(limiter)
      .use(breaker)
      .use(jwt({ jwks: { url: issuer.url, maxAge: MAX_AGE, retryAfter: 1_000 }, clock: stage.clock }))
      .message((conn, message) => {
        conn.send(message)
      })
    const served = await stage.serve(app)
    const asking = { headers: { authorization: `Bearer ${await pair.sign(ADA)}` } }
    const answered = async () => {
      const answer = await served.answer(asking)
      assert.ok(!answer.upgraded, 'the client was let in')
      return answer
    }
    const ada = await served.connect(asking)

    issuer.answer = (res) => res.writeHead(500).end()
    await stage.clock.advance(MAX_AGE)
    for (let failures = 0; failures < 2; failures += 1) {
      const { status, headers } = await answered()
      assert.deepEqual([status, headers['retry-after']], [503, '1'])
    }
    await stage.until(() => breaker.state === 'open', 'the breaker is open')
    const { requests } = issuer
    for (let refused = 0; refused < 5; refused += 1) {
      const { status, headers, body } = await answered()
      assert.deepEqual([status, headers['retry-after'], JSON.parse(body).code], [503, '10', 1013])
    }
    assert.equal(issuer.requests, requests)
    ada.send('still here')
    assert.equal(await ada.next(), 'still here')
    await stage.until(() => limiter.stats().connections === 1, 'the slots of the refused are given back')

    issuer.answer = undefined
    await stage.clock.advance(10_000)
    const back = await served.connect(asking)
    back.send('back')
    assert.equal(await back.next(), 'back')
    await stage.until(() => breaker.state === 'closed', 'the breaker is closed')
  },
}

everywhere('an identity provider behind a breaker', [{ title: 'identity provider', behaviours: [down] }])
