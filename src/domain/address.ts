/**
 * A provider gives each customer at least 64 bits of IPv6, so a client could use a new address for each request. So
 * limits count the first 64 bits as one address. An IPv4 address counts alone.
 */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const hextets = (part: string): string[] => part.split(':').filter((hextet) => hextet !== '')
  const [first, last] = [hextets(head), hextets(tail ?? '')]
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0')
  return `${[...first, ...zeros, ...last]
    .slice(0, 4)
    .map((hextet) => hextet.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`
}

/** Only this machine can connect to such an address. Takes the host of a URL too, where an IPv6 address has brackets. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^(::1|\[::1\])$/.test(host) || /^127(\.\d{1,3}){3}$/.test(host)
}
