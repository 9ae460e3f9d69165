// An echo server with Boost.Asio, as its documentation's examples write one: an
// asynchronous acceptor and sessions, whose handlers run on a thread for each
// processor.
//
// It listens on a free port of 127.0.0.1, prints the server's `listening` line
// and runs until its standard input says `stop` or closes.
#include <boost/asio.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

using boost::asio::ip::tcp;
using boost::system::error_code;

class session : public std::enable_shared_from_this<session>
{
  public:
    explicit session(tcp::socket socket) : socket_(std::move(socket))
    {
        socket_.set_option(tcp::no_delay(true));
    }

    void read()
    {
        auto self = shared_from_this();
        socket_.async_read_some(
            boost::asio::buffer(data_),
            [this, self](const error_code &error, std::size_t length) {
                if (!error)
                    write(length);
            });
    }

  private:
    void write(std::size_t length)
    {
        auto self = shared_from_this();
        boost::asio::async_write(
            socket_, boost::asio::buffer(data_, length),
            [this, self](const error_code &error, std::size_t) {
                if (!error)
                    read();
            });
    }

    tcp::socket socket_;
    char data_[4096];
};

static void accept_next(tcp::acceptor &acceptor)
{
    acceptor.async_accept(
        [&acceptor](const error_code &error, tcp::socket socket) {
            if (!error)
                std::make_shared<session>(std::move(socket))->read();
            accept_next(acceptor);
        });
}

int main()
{
    boost::asio::io_context context;
    tcp::acceptor acceptor(
        context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    accept_next(acceptor);
    std::printf(
        "{\"event\":\"listening\",\"address\":\"127.0.0.1\",\"port\":%u}\n",
        static_cast<unsigned>(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    boost::asio::thread_pool threads(system.dwNumberOfProcessors);
    for (DWORD n = 0; n < system.dwNumberOfProcessors; n++)
        boost::asio::post(threads, [&context] { context.run(); });
    std::string line;
    while (std::getline(std::cin, line) && line != "stop")
        ;
    std::_Exit(0);
}
