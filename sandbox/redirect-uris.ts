/** Where codes may be sent to unless arguments say so: an app anywhere, and one on this machine. */
export const DEFAULT_REDIRECT_URIS = [
  'https://moa.example/callback',
  'http://127.0.0.1:3000/callback',
] as const

/** The standard registers at most four addresses of at most 100 characters. */
const MAX_REDIRECT_URIS = 4
const MAX_CHARACTERS = 100

/** The registered addresses; a RangeError says what is wrong with one. */
export function redirectUrisFrom(given: readonly string[] | undefined): readonly string[] {
  const uris = given === undefined || given.length === 0 ? DEFAULT_REDIRECT_URIS : given
  if (uris.length > MAX_REDIRECT_URIS) throw new RangeError(`redirect-uri: at most ${MAX_REDIRECT_URIS}`)
  for (const uri of uris)
    if (uri.length > MAX_CHARACTERS || !URL.canParse(uri) || uri.includes('#'))
      throw new RangeError(`redirect-uri: an absolute URL of at most ${MAX_CHARACTERS} characters, without #`)
  return uris
}
