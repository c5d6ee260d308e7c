import type { Act } from '../stage.js'
import { drain } from './drain.js'
import { flood } from './flood.js'
import { hiccup } from './hiccup.js'
import { refusal } from './refusal.js'
import { silence } from './silence.js'
import { slowConsumer } from './slow-consumer.js'
import { slowSearch } from './slow-search.js'
import { trace } from './trace.js'

/** In the order of the tour. */
export const acts: readonly Act[] = [refusal, slowConsumer, trace, flood, slowSearch, silence, drain, hiccup]
