//! Attacks that talk to others.

use std::io;
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use crate::{target, tried};

pub fn loopback() {
    let port = target("PORT").parse().expect("it is a number");
    tried("connect to the host", TcpStream::connect((Ipv4Addr::LOCALHOST, port)));
}

pub fn network() {
    // An address of the documentation, which belongs to nobody: only the way there is asked for.
    let way = |address: Ipv4Addr| -> io::Result<()> {
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?.connect((address, 9))
    };
    tried("reach other machines", way(Ipv4Addr::new(192, 0, 2, 1)));
}

pub fn abstract_socket() {
    let name = SocketAddr::from_abstract_name(target("SOCKET")).expect("it is a name");
    tried("connect to an abstract socket", UnixStream::connect_addr(&name));
}

pub fn socket() {
    tried("connect to a socket in a folder", UnixStream::connect(target("OUTSIDE") + "/socket"));
}
