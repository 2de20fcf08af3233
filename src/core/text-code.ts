/** Text as code: a page's Content Security Policy, or a runtime, may forbid it. */

import { once } from './once.js'

/** Whether text can be made a function here. */
export const canCompileText: () => boolean = once(() => {
  try {
    return new Function('return true')() === true
  } catch {
    return false
  }
})

/** Whether this is a page or a worker of one, where an attempt that the policy forbids is reported even when it is caught. */
const isInPage = (): boolean => 'document' in globalThis || 'WorkerGlobalScope' in globalThis

/** Whether text may be made functions where there is another, slower way: not where already to ask would be reported. */
export const mayCompileText: () => boolean = once(() => !isInPage() && canCompileText())
