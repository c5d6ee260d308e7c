import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, numbers } from './behaviour.js'
import type { BrokerNode } from './node.js'
import type { BrokerStage } from './stage.js'

/** Of a larger maxPayload only this much is tried. */
const LARGEST = 16 * 1_048_576

const PAYLOADS: Readonly<Record<string, Uint8Array>> = {
  'an empty payload': new Uint8Array(0),
  'every byte value': Uint8Array.from({ length: 256 }, (_, byte) => byte),
  'bytes that are no UTF-8': Uint8Array.of(0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf8),
  'one zero byte': Uint8Array.of(0),
  'line ends and protocol words': Buffer.from('\r\n$5\r\nQUIT\r\n+OK\r\nPUB a 1\r\n{"a":"\\"}\0\r\n'),
  'a payload of 64 KiB': patterned(65_536),
}

/** Bytes that do not repeat within any size a client cuts at. */
function patterned(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + (index >>> 8) * 7) & 255)
}

async function pair(stage: BrokerStage, channel: string): Promise<readonly [BrokerNode, BrokerNode]> {
  const [from, to] = [await stage.join(), await stage.join()]
  await to.subscribe(channel)
  return [from, to]
}

async function assertArrives(
  stage: BrokerStage,
  to: BrokerNode,
  channel: string,
  bytes: Uint8Array,
): Promise<void> {
  await stage.until(() => to.payloads(channel).length > 0, 'the payload has arrived')
  const [arrived = new Uint8Array()] = to.payloads(channel)
  assert.equal(arrived.byteLength, bytes.byteLength)
  // Not assert.deepEqual: a difference would print both.
  assert.ok(Buffer.from(arrived).equals(bytes), 'it is not what was published')
}

/** What was published arrives, to the last bit. */
export const payloads: readonly BrokerBehaviour[] = [
  ...Object.entries(PAYLOADS).map(
    ([what, bytes]): BrokerBehaviour => ({
      name: `${what} arrives as it was published`,
      async run(stage) {
        const channel = channelOf()
        const [from, to] = await pair(stage, channel)
        await from.publish(channel, bytes)
        await assertArrives(stage, to, channel, bytes)
      },
    }),
  ),
  {
    name: 'a payload that is part of a larger buffer arrives as that part',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = await pair(stage, channel)
      const part = patterned(3_000).subarray(1_001, 2_002)
      await from.publish(channel, part)
      await assertArrives(stage, to, channel, part)
    },
  },
  {
    name: 'a payload of maxPayload bytes arrives',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = await pair(stage, channel)
      const bytes = patterned(Math.min(from.link.maxPayload, LARGEST))
      await from.publish(channel, bytes)
      await assertArrives(stage, to, channel, bytes)
    },
  },
  {
    name: 'a payload of one byte more is refused or arrives, and the link works on',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = await pair(stage, channel)
      const bytes = patterned(Math.min(from.link.maxPayload, LARGEST) + 1)
      const taken = await stage.within(
        from.link.publish(channel, bytes).then(
          () => true,
          () => false,
        ),
        'publish answered',
      )
      if (taken) await assertArrives(stage, to, channel, bytes)
      await from.publish(channel, 'the next')
      await to.hears(channel, 'the next')
    },
  },
  {
    name: 'what the publisher does with its bytes afterwards changes nothing that arrived',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = await pair(stage, channel)
      const bytes = patterned(1_000)
      const before = bytes.slice()
      await from.publish(channel, bytes)
      bytes.fill(0)
      await assertArrives(stage, to, channel, before)
    },
  },
  {
    name: 'bytes that arrived do not change when others arrive',
    async run(stage) {
      const channel = channelOf()
      const [from, to] = await pair(stage, channel)
      const copies: Uint8Array[] = []
      to.onMessage = (payload) => copies.push(Uint8Array.from(payload))
      for (const number of numbers(100)) await from.publish(channel, number.repeat(200))
      await to.hears(channel, '99'.repeat(200))
      for (const [index, payload] of to.payloads(channel).entries()) {
        assert.ok(Buffer.from(payload).equals(copies[index] ?? new Uint8Array()), `payload ${index}`)
      }
    },
  },
  {
    name: 'bytes that arrived belong to the node: changing them changes nothing elsewhere',
    async run(stage) {
      const channel = channelOf()
      const broker = stage.host.broker()
      const [from, first, second] = [await stage.join(), await stage.join(broker), await stage.join(broker)]
      await Promise.all([first.subscribe(channel), second.subscribe(channel)])
      const heard: string[] = []
      for (const node of [first, second]) {
        node.onMessage = (payload) => {
          heard.push(Buffer.from(payload).toString())
          payload.fill(0)
        }
      }
      const mine = Buffer.from('mine')
      await from.publish(channel, mine)
      await stage.until(() => heard.length >= 2, 'both have heard it')
      assert.deepEqual([...new Set(heard)], ['mine'])
      assert.equal(mine.toString(), 'mine')
    },
  },
]
