// `--import tsx` reaches no worker thread on Node 20: it is told here.
import { register } from 'tsx/esm/api'

register()
await import('./thread.js')
