/**
 * The one way in which a setting's text is shown: with `...` in the place of a login in an address. A password may hold slashes, at
 * signs and quotes, so everything up to the last at sign goes: before the next space, or of all where the text begins as an address.
 */
export function withoutLogins(text: string): string {
  return text
    .replace(/^(\s*[a-z][a-z0-9+.-]*:\/\/).*@/is, '$1...@')
    .replace(/(?<=\w:[/\\]*|\/\/)(?![/\\])\S*@/g, '...@');
}
