#!/usr/bin/env bash
# build.sh DIRECTORY: a Linux for qemu in a new directory: "vmlinuz", and "initramfs.gz" with the script "init" that lies beside this one.
# The kernel is Debian's package for virtual machines, which is downloaded and unpacked, not installed; the programs are this machine's.
# Exit status 3: something is missing, and the last line printed says what.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
made=$1

# What they need comes with them. ESP's IVs are seqiv's, which wants a random generator: drbg with hmac(sha512).
modules=(virtio_pci virtio_net vxlan esp4 xfrm_user seqiv hmac sha512_generic drbg gcm ctr ghash-generic aesni-intel)
programs=(dash ip bridge socat)

missing() {
    echo "$*"
    exit 3
}

[ "$(uname -m)" = x86_64 ] || missing "the virtual machine takes its programs from this one, which must be x86-64"
for program in apt-cache apt-get busybox cpio depmod dpkg gzip ldd modprobe "${programs[@]}"; do
    command -v "$program" >/dev/null || missing "$program is not installed"
done
package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '$1 == "Depends:" && /linux-image-/ { print $2; exit }')
[ -n "$package" ] || missing "apt knows no package linux-image-cloud-amd64 (apt-get update)"

mkdir "$made"
cd "$made"
apt-get -qq -o APT::Sandbox::User=root download "$package" || missing "$package cannot be downloaded"
dpkg -x "$package"_*.deb kernel
version=$(ls kernel/lib/modules)
depmod -b kernel "$version"

mkdir -p root/{bin,dev,etc,modules,proc,sys,tmp,usr/sbin}
cp "$here/init" root/init
chmod +x root/init
cp "$(command -v busybox)" root/bin/busybox
for module in "${modules[@]}"; do
    modprobe -d "$PWD/kernel" -S "$version" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
done | awk '!seen[$0]++' | while read -r file; do
    case $file in # newer kernels pack them
        *.xz) xz -dc "$file" >"root/modules/$(basename "$file" .xz)" ;;
        *) cp "$file" root/modules/ ;;
    esac
    basename "$file" .xz
done >root/modules/order
for program in "${programs[@]}"; do
    cp -L "$(command -v "$program")" root/usr/sbin/
    ldd "$(command -v "$program")" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "root$(dirname "$library")"
        cp -nL "$library" "root$library"
    done
done
ln -s ../usr/sbin/dash root/bin/sh # not busybox, whose shell would take its own ip for ours
(cd root && find . | cpio -o -H newc --quiet | gzip -1) >initramfs.gz
cp kernel/boot/vmlinuz-* vmlinuz
rm -rf kernel root "$package"_*.deb
