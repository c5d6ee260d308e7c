export { asyncContext } from './context.js'
