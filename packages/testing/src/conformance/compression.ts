import assert from 'node:assert/strict'
import { constants, deflateRawSync } from 'node:zlib'
import type { Chapter, Served } from '../behaviour.js'
import { encodeFrame, Opcode } from '../frame.js'
import type { ConnectOptions, Peer, Upgraded } from '../peer.js'
import { assertAlive, echo, endOf } from './support.js'

/** An offer that every server can take: no window of either side outlives a message (RFC 7692 §7.1.1). */
const OFFER: ConnectOptions = {
  headers: {
    'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
  },
}

/** Messages that are smaller on the wire: only where both sides want them, and never larger than allowed inside. */
export const chapter: Chapter = {
  title: 'compression',
  behaviours: [
    {
      name: 'compression is off by default: the offer is not taken, and messages flow without it',
      needs: ['rawFrames'],
      run: async (stage) => {
        const { headers, peer } = await upgraded(await stage.serve(stage.app().message(echo)))
        assert.equal(headers['sec-websocket-extensions'], undefined)
        await assertAlive(peer)
      },
    },
    {
      name: 'with compression the offer is taken, and a compressed message is handled as what it was',
      needs: ['rawFrames'],
      run: async (stage) => {
        const handled: string[] = []
        const app = stage.app({ compression: true }).message((_conn, message) => {
          handled.push(message.text())
        })
        const { headers, peer } = await upgraded(await stage.serve(app))
        assert.match(headers['sec-websocket-extensions'] ?? '', /^permessage-deflate/)
        const text = 'the same again, '.repeat(1_000)
        peer.raw?.(compressed(text))
        peer.send('as it is')
        await stage.until(() => handled.length === 2, 'both messages handled')
        assert.deepEqual(handled, [text, 'as it is'])
      },
    },
    {
      name: 'with compression a client that does not offer it is served without',
      needs: ['rawFrames'],
      run: async (stage) => {
        const app = stage.app({ compression: true }).message(echo)
        const peer = await (await stage.serve(app)).connect()
        const text = 'the same again, '.repeat(1_000)
        peer.send(text)
        assert.equal(await peer.next(), text)
      },
    },
    {
      name: 'a message that inflates beyond maxPayload is not handled, and closes with 1009',
      needs: ['rawFrames'],
      run: async (stage) => {
        let handled = 0
        const app = stage.app({ compression: true }).message(() => {
          handled += 1
        })
        const record = stage.record(app)
        record.expectErrors('LINKSPAN_VIOLATION')
        const { peer } = await upgraded(await stage.serve(app))
        const bomb = compressed('\0'.repeat(16_777_216))
        assert.ok(bomb.length < 65_536, 'it is small on the wire')
        peer.raw?.(bomb)
        const { info } = await record.next('close')
        const wireCode = stage.supports.violationFrame ? 1009 : undefined
        assert.deepEqual(endOf(info), { code: 1009, reason: '', by: 'server', clean: false, wireCode })
        assert.equal(handled, 0)
      },
    },
  ],
}

async function upgraded(served: Served): Promise<Upgraded & { readonly peer: Peer }> {
  const answer = await served.answer(OFFER)
  assert.ok(answer.upgraded, 'the client was refused')
  return answer
}

/** A compressed text message: deflated, without the empty block at its end (RFC 7692 §7.2.1). */
function compressed(text: string): Uint8Array {
  const deflated = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
  return encodeFrame({ opcode: Opcode.text, rsv: 4, payload: deflated.subarray(0, -4) })
}
