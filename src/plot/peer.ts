/** The libraries behind the pictures: optional packages, loaded when the first picture is drawn. */
import { LanacError } from '../core/error.js'

/** A picture was asked for whose library is not installed. */
export class PeerError extends LanacError {
  override readonly name: string = 'PeerError'
}

/** Whether an import failed because there is no such package, and not because of something in it. */
const isAbsent = (e: unknown): boolean =>
  e instanceof Error && ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String((e as { code?: unknown }).code))

/** For `import('…').catch(again)`: a bundler that does not find the package warns where a failure is taken care of. */
export const again = (e: unknown): never => {
  throw e
}

/** A package's module. @throws PeerError when the package is not installed; what the module throws */
export const peer = async <M>(operation: string, packages: string, load: () => Promise<M>): Promise<M> => {
  try {
    return await load()
  } catch (e) {
    if (!isAbsent(e)) throw e
    throw new PeerError({
      operation,
      problem: `this picture is drawn by ${packages.split(' ').join(' and ')}, not installed here`,
      hint: `install it: npm install ${packages}`,
    })
  }
}
