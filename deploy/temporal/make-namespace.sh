#!/bin/sh
# Makes the namespace with its retention and the search attributes of Moa's runs. Safe to repeat.
# Needs TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, RETENTION, and SEARCH_ATTRIBUTES as 'Name=Type Name=Type'.
set -eu

# The namespace can be made, and then used, only once the server has read it into its cache: seconds, of which it gets 60.
eventually() {
  tries=30
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "gave up on: $*" >&2; return 1; }
    sleep 2
  done
}

has_attribute() {
  temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | grep -qE "^ *$1 +$2 *$"
}

make_namespace() {
  if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  fi
}

make_attribute() { # make_attribute NAME TYPE
  has_attribute "$1" "$2" ||
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$1" --type "$2"
}

eventually temporal operator cluster health
eventually make_namespace
for attribute in $SEARCH_ATTRIBUTES; do
  eventually make_attribute "${attribute%=*}" "${attribute#*=}"
done
for attribute in $SEARCH_ATTRIBUTES; do
  eventually has_attribute "${attribute%=*}" "${attribute#*=}"
done
