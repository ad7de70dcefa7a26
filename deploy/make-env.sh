#!/bin/sh
# Prints .env.example with every password and key made. Use: sh deploy/make-env.sh > .env, then fill in what is left.
set -eu
umask 077

cd "$(dirname "$0")/.."
while IFS= read -r line; do
  case $line in
    # Letters and digits only: a password becomes part of a URL.
    *_PASSWORD=) printf '%s%s\n' "$line" "$(openssl rand -hex 24)" ;;
    RECEIPT_KEY=) printf '%s%s\n' "$line" "$(openssl rand -base64 32)" ;;
    SEALING_KEYS=) printf '%sk1:%s\n' "$line" "$(openssl rand -base64 32)" ;;
    *) printf '%s\n' "$line" ;;
  esac
done < .env.example
