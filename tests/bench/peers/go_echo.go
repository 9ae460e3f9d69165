// An echo server with Go's net: a goroutine for each connection.
//
// It listens on a free port of 127.0.0.1, prints the server's `listening` line
// and runs until its standard input says `stop` or closes.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
)

func echo(conn net.Conn) {
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		length, err := conn.Read(buffer)
		if err != nil {
			return
		}
		if _, err = conn.Write(buffer[:length]); err != nil {
			return
		}
	}
}

func serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go echo(conn)
	}
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("{\"event\":\"listening\",\"address\":\"127.0.0.1\",\"port\":%d}\n",
		listener.Addr().(*net.TCPAddr).Port)
	go serve(listener)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() && lines.Text() != "stop" {
	}
}
