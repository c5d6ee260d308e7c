import { expect, it } from 'vitest'
import { Tracked } from '../src/revocation-tracked.js'
import { known } from './known.js'

it('knows connections, and by subject from when that is asked for', async () => {
  const { enter } = await known()
  const ada = [(await enter()).conn, (await enter()).conn] as const
  const eve = (await enter({ subject: 'eve' })).conn
  const tracked = new Tracked()
  tracked.add(ada[0])
  expect(tracked.of('ada')).toEqual([ada[0]])
  tracked.add(ada[1])
  tracked.add(eve)
  expect(tracked.all()).toEqual([...ada, eve])
  expect(tracked.of('ada')).toEqual(ada)
  tracked.delete(ada[0])
  tracked.delete(eve)
  expect([tracked.of('ada'), tracked.of('eve'), tracked.size]).toEqual([[ada[1]], [], 1])
})
