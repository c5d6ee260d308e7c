import { describeHostile } from '@linkspan/testing'
import { describe, it } from 'vitest'
import { needsUws } from './needs-uws.js'
import { places } from './places.js'
import { serving } from './server.js'
import { UWS_SUPPORT } from './support.js'

needsUws()

describeHostile({
  name: '@linkspan/uws',
  factory: async (app) => (await serving(app)).host,
  places,
  supports: UWS_SUPPORT,
  describe,
  it,
})
