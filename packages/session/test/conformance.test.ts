import { describeTransport } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { hosts } from '../../../tests/hosts.js'
import { chapters } from './conformance/index.js'

for (const { missing, ...host } of hosts) {
  if (missing === undefined) describeTransport({ ...host, chapters, describe, it })
  else describe.skip(`${host.name}: ${missing}`, () => it('is missing', () => {}))
}
