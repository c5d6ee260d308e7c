import type { Chapter } from '../behaviour.js'
import { expiry } from './lease/expiry.js'
import { hooks } from './lease/hooks.js'
import { identities } from './lease/identities.js'
import { renewals } from './lease/renewals.js'

/** Who a connection speaks for, and for how long. */
export const chapter: Chapter = {
  title: 'lease',
  behaviours: [...identities, ...expiry, ...renewals, ...hooks],
}
