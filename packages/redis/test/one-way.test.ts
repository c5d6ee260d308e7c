import { expect, it } from 'vitest'
import { anyOf, oneWay } from '../src/one-way.js'

/** Nodes that are chosen in turn, and that stand until the test says otherwise. */
function stage() {
  const chosen: string[] = []
  const gone = new Set<string>()
  const way = oneWay(
    async () => {
      const node = `node-${chosen.length + 1}`
      chosen.push(node)
      await undefined
      if (gone.has(node)) throw new Error(`${node} is gone`)
      return node
    },
    (node) => !gone.has(node),
  )
  return { chosen, gone, way }
}

it('goes by the same node as long as it stands, also for those who ask while it is chosen', async () => {
  const { chosen, way } = stage()
  expect(await Promise.all([way(), way()])).toEqual(['node-1', 'node-1'])
  expect(await way()).toBe('node-1')
  expect(chosen).toHaveLength(1)
})

it('goes by another one when that is gone, and does not go back', async () => {
  const { chosen, gone, way } = stage()
  await way()
  gone.add('node-1')
  expect(await Promise.all([way(), way()])).toEqual(['node-2', 'node-2'])
  gone.clear()
  expect(await way()).toBe('node-2')
  expect(chosen).toHaveLength(2)
})

it('tries again where choosing has failed', async () => {
  const { gone, way } = stage()
  gone.add('node-1')
  for (const refused of [way(), way()]) await expect(refused).rejects.toThrow('node-1 is gone')
  expect(await way()).toBe('node-2')
})

it('keeps the order of those who ask, before and after it was chosen', async () => {
  const { way } = stage()
  const order: number[] = []
  const asked: Promise<unknown>[] = []
  for (let turn = 0; turn < 10; turn += 1) {
    asked.push(way().then(() => order.push(turn)))
    await undefined
  }
  await Promise.all(asked)
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

it('chooses any of several, and none of none', () => {
  const among = ['a', 'b', 'c']
  expect(new Set(Array.from({ length: 200 }, () => anyOf(among)))).toEqual(new Set(among))
  expect(anyOf([])).toBeUndefined()
})
